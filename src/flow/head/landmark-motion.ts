import type { RegionMotion } from '../../events/schema.js';
import { landmark } from '../face-axes.js';
import { faceShape } from '../face-shape.js';
import { DIRECTIONS } from '../region-motion.js';
import type { RegionName } from '../regions.js';
import { faceRelief } from './face-relief.js';
import { HEAD_POINTS } from './head-fit.js';
import { fitRigid, type MovedPoint } from './rigid-motion.js';

/** Landmarks of the eyebrows, by the region that they lie in. Other landmarks follow their skin worse, or a turning head. */
const BROWS: Partial<Record<RegionName, readonly number[]>> = {
  'Left Inner Eyebrow': [66, 107, 65, 55],
  'Right Inner Eyebrow': [296, 336, 295, 285],
  'Left Outer Eyebrow': [70, 46, 63, 53],
  'Right Outer Eyebrow': [300, 276, 293, 283],
};
/**
 * px: standard error of a brow by its landmarks while head and lids are still; what each degree of turn adds, and each pixel of the lids'
 * gap.
 */
const STILL_ERROR = 0.35;
const TURN_ERROR = 0.06;
const LID_ERROR = 0.3;

/** Motion of a region by its landmarks, the head's part taken out: px to the image's right and up, with its standard error. */
export interface LandmarkMotion {
  readonly right: number;
  readonly up: number;
  readonly sigma: number;
}

/**
 * How the eyebrows moved by their landmarks, less the rigid motion that the landmarks over bone went through: a second reading, whose
 * error does not grow with that of flow where a head moves. Empty where the landmarks are too few for a fit.
 *
 * @param onset, apex 468 FaceMesh points each, in one registration.
 */
export function browMotion(onset: Float32Array, apex: Float32Array): ReadonlyMap<string, LandmarkMotion> {
  const relief = faceRelief(onset);
  const moved = (index: number, sigma: number): MovedPoint => {
    const [x, y] = landmark(onset, index);
    const [toX, toY] = landmark(apex, index);
    return { x, y, z: relief.depths[index]!, u: toX - x, v: toY - y, sigma };
  };
  const fit = fitRigid(HEAD_POINTS.flatMap(([sigma, indices]) => indices.map((index) => moved(index, sigma))));
  if (!fit) return new Map();
  const [, , , rx, ry] = fit.parameters;
  const [before, after] = [faceShape(onset).eyes, faceShape(apex).eyes];
  const lids = Math.abs(after[0] + after[1] - before[0] - before[1]) / 2;
  const sigma = Math.hypot(STILL_ERROR, (TURN_ERROR * Math.hypot(rx, ry) * 180) / Math.PI, LID_ERROR * lids);
  return new Map(
    Object.entries(BROWS).map(([region, indices]) => {
      let right = 0;
      let up = 0;
      for (const { x, y, z, u, v } of indices.map((index) => moved(index, 1))) {
        const [headU, headV] = fit.at(x, y, z);
        right += (u - headU) / indices.length;
        up -= (v - headV) / indices.length;
      }
      // As flow is: drawn towards zero by as much as it may be off (James & Stein's positive-part estimator).
      const square = right ** 2 + up ** 2;
      const kept = square === 0 ? 0 : Math.max(0, 1 - (2 * sigma ** 2) / square);
      return [region, { right: kept * right, up: kept * up, sigma }];
    }),
  );
}

/** The regions with both readings of the brows joined, each by the inverse square of its error. */
export function withBrows(rois: readonly RegionMotion[], brows: ReadonlyMap<string, LandmarkMotion>): RegionMotion[] {
  return rois.map((roi) => {
    const other = brows.get(roi.region);
    return other && roi.sigma !== undefined ? joined(roi, roi.sigma, other) : roi;
  });
}

function joined(roi: RegionMotion, sigma: number, other: LandmarkMotion): RegionMotion {
  const share = other.sigma ** -2 / (other.sigma ** -2 + sigma ** -2);
  const size = roi.angle_deg === null ? 0 : roi.mean_magnitude * roi.concentration;
  const angle = ((roi.angle_deg ?? 0) * Math.PI) / 180;
  const right = (1 - share) * size * Math.cos(angle) + share * other.right;
  const up = (1 - share) * size * Math.sin(angle) + share * other.up;
  const length = Math.hypot(right, up);
  const degrees = ((Math.atan2(up, right) * 180) / Math.PI + 360) % 360;
  const concentration = roi.angle_deg === null ? 1 : roi.concentration;
  const mean = length / concentration;
  return {
    ...roi,
    mean_magnitude: mean,
    max_magnitude: Math.max(mean, roi.max_magnitude),
    direction: DIRECTIONS[Math.round(degrees / 45) % 8] ?? 'right',
    angle_deg: degrees,
    concentration,
    sigma: 1 / Math.hypot(1 / sigma, 1 / other.sigma),
  };
}
