import type { RegionMotion } from '../events/schema.js';
import { clipBox, meanFlow, subtractFlow, type FlowField, type PixelBox } from './flow-field.js';
import { noseBox, REGION_NAMES, regionBoxes } from './regions.js';

/** The eight directions, counter-clockwise from the image's right in steps of 45 degrees. */
export const DIRECTIONS = ['right', 'up-right', 'up', 'up-left', 'left', 'down-left', 'down', 'down-right'] as const;
/** Said where the mean magnitude is below {@link STILL_BELOW}. */
export const NO_MOTION = 'No significant motion';
/** Said where the concentration is below {@link SCATTERED_BELOW}. */
export const NO_DIRECTION = 'No clear dominant direction';
/** px; the paper's threshold. */
export const STILL_BELOW = 1e-4;
/** |resultant| / Σ|v|; the paper's threshold. */
export const SCATTERED_BELOW = 0.15;

/**
 * The paper's 29 regions, measured on nose-referenced expression flow: the mean flow around the nose tip is subtracted
 * everywhere, so that what is left of the head's motion does not count as expression.
 *
 * @param expression facial minus head flow, px of its own grid.
 * @param landmarks 468 FaceMesh points of the onset in the same grid, x0, y0, ….
 * @throws {RangeError} where the landmarks are not 468 finite points.
 */
export function measureRegions(expression: FlowField, landmarks: Float32Array): RegionMotion[] {
  checkLandmarks(landmarks);
  const relative = noseReferenced(expression, landmarks);
  const boxes = regionBoxes(landmarks);
  return REGION_NAMES.map((region) => ({ region, ...measureBox(relative, boxes[region]) }));
}

/**
 * The same regions on expression flow that has nothing of the head's motion left, each with its error.
 *
 * @param sigma px: standard error of the motion in a box.
 * @throws {RangeError} where the landmarks are not 468 finite points.
 */
export function measureExpression(expression: FlowField, landmarks: Float32Array, sigma: (box: PixelBox) => number): RegionMotion[] {
  checkLandmarks(landmarks);
  const boxes = regionBoxes(landmarks);
  return REGION_NAMES.map((region) => ({ region, ...measureBox(expression, boxes[region]), sigma: sigma(boxes[region]) }));
}

/** The field less its mean around the nose tip. */
export function noseReferenced(expression: FlowField, landmarks: Float32Array): FlowField {
  return subtractFlow(expression, meanFlow(expression, noseBox(landmarks)));
}

/** Magnitudes (px), direction in words and angle (0 = right, counter-clockwise, up positive) and concentration of one box. */
export function measureBox(field: FlowField, box: PixelBox): Omit<RegionMotion, 'region'> {
  const { x, y, width, height } = clipBox(box, field);
  const plane = field.width * field.height;
  let sum = 0;
  let most = 0;
  let right = 0;
  let up = 0;
  for (let row = y; row < y + height; row++) {
    for (let i = row * field.width + x, end = i + width; i < end; i++) {
      const u = field.data[i]!;
      const v = field.data[plane + i]!;
      const magnitude = Math.hypot(u, v);
      sum += magnitude;
      if (magnitude > most) most = magnitude;
      right += u;
      up -= v;
    }
  }
  const count = width * height;
  const mean = count === 0 ? 0 : sum / count;
  // Summing magnitudes and components rounds differently; a uniform field is 1, not 1.0000001.
  const concentration = sum === 0 ? 0 : Math.min(1, Math.hypot(right, up) / sum);
  const common = { mean_magnitude: mean, max_magnitude: most, concentration };
  if (mean < STILL_BELOW) return { ...common, direction: NO_MOTION, angle_deg: null };
  if (concentration < SCATTERED_BELOW) return { ...common, direction: NO_DIRECTION, angle_deg: null };
  const angle = ((Math.atan2(up, right) * 180) / Math.PI + 360) % 360;
  return { ...common, direction: DIRECTIONS[Math.round(angle / 45) % 8] ?? 'right', angle_deg: angle };
}

/** Throws a RangeError unless there are 468 finite points. */
export function checkLandmarks(landmarks: Float32Array): void {
  if (landmarks.length !== 936) throw new RangeError(`expected 468 landmarks (936 numbers), got ${String(landmarks.length)} numbers`);
  if (!landmarks.every(Number.isFinite)) throw new RangeError('a landmark is not a finite number; the face tracker lost this face');
}
