import type { RegionMotion } from '../../events/schema.js';

/** Regions that the model reads. */
export const REGIONS = 29;
/** Numbers a region. */
export const WIDTH = 8;

/**
 * The report's measurements as the features that the embedded model reads, 29 × 8 (training/mellm/features.py does the same): the
 * resultant vector at two scales, then mean, mean compressed, maximum and concentration.
 *
 * @throws {RangeError} where the report has not the 29 regions.
 */
export function features(rois: readonly RegionMotion[]): Float32Array {
  if (rois.length !== REGIONS)
    throw new RangeError(`the embedded model expects ${String(REGIONS)} regions, but the report has ${String(rois.length)}`);
  const out = new Float32Array(REGIONS * WIDTH);
  rois.forEach(({ mean_magnitude: mean, max_magnitude: most, angle_deg: angle, concentration }, i) => {
    const size = angle === null ? 0 : mean * concentration;
    const radians = ((angle ?? 0) * Math.PI) / 180;
    const right = size * Math.cos(radians);
    const up = size * Math.sin(radians);
    out.set(
      [
        Math.asinh(right),
        Math.asinh(up),
        0.5 * Math.asinh(8 * right),
        0.5 * Math.asinh(8 * up),
        Math.asinh(mean),
        0.5 * Math.asinh(8 * mean),
        Math.asinh(most),
        concentration,
      ].map((value) => (Number.isFinite(value) ? value : 0)),
      i * WIDTH,
    );
  });
  return out;
}
