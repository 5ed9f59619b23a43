import { CROP_SIZE } from '../contract.js';
import { TEMPLATE_ARRAYS, TEMPLATE_POINTS, type Kernels } from './kernels.js';

/** What registration needs of a reference crop, at the selected points. */
export interface Template {
  /** See `Kernels.loadTemplate`. */
  readonly data: Float32Array;
  readonly count: number;
  /** Mean of the values, which `data` has without it: the bias of a frame under the same light. */
  readonly mean: number;
}

/** Centre of the crop, about which scale and rotation are taken, and the length that makes their units pixels too. */
export const CENTRE = CROP_SIZE / 2;
export const ARM = CROP_SIZE / 4;

/** Room for the slopes of a crop; a thread makes one template at a time. */
const slopes = { gx: new Float32Array(CROP_SIZE * CROP_SIZE), gy: new Float32Array(CROP_SIZE * CROP_SIZE) };

/** How a template is made. */
export interface TemplateOptions {
  /** Maximum number of points: those with the steepest slopes are selected. Default 6000. */
  readonly points?: number;
  /** Number of times that the crop is smoothed (3×3 binomial) before slopes are taken. Default 1. */
  readonly smoothing?: number;
}

/**
 * Picks the points of a reference crop to register by, and the derivatives there.
 *
 * Slopes come from a smoothed copy: with the noise of the reference in both value and slope, the solution would lean
 * towards no motion.
 * @param mask prior weights, CROP_SIZE²
 */
export function makeTemplate(kernels: Kernels, crop: Float32Array, mask: Float32Array, options: TemplateOptions = {}): Template {
  const { gx, gy } = slopes;
  kernels.gradients(crop, options.smoothing ?? 1, gx, gy);
  const candidates: number[] = [];
  for (let i = 0; i < mask.length; i++) if (mask[i]! > 0.02) candidates.push(i);
  const most = Math.min(options.points ?? 6000, TEMPLATE_POINTS);
  const chosen = candidates.length <= most ? candidates : steepest(candidates, gx, gy, most);
  const count = (chosen.length + 3) & ~3;
  const data = new Float32Array(TEMPLATE_ARRAYS * count);
  let mean = 0;
  for (const i of chosen) mean += crop[i]!;
  mean /= Math.max(1, chosen.length);
  const at = (i: number): number => crop[i] ?? 0;
  const across = [0, 0, 0, 0];
  const own = [0, 0, 0, 0];
  // The last few points, which fill up to a multiple of 4, keep the prior weight 0.
  for (const [k, i] of chosen.entries()) {
    const x = (i % CROP_SIZE) + 0.5;
    const y = Math.floor(i / CROP_SIZE) + 0.5;
    const dx = gx[i]!;
    const dy = gy[i]!;
    const u = (x - CENTRE) / ARM;
    const v = (y - CENTRE) / ARM;
    data[k] = x;
    data[count + k] = y;
    data[2 * count + k] = crop[i]! - mean;
    data[3 * count + k] = dx * u + dy * v;
    data[4 * count + k] = dy * u - dx * v;
    data[5 * count + k] = dx;
    data[6 * count + k] = dy;
    data[7 * count + k] = mask[i]!;
    // What the slopes are without smoothing, by a difference of fourth order.
    const tx = (8 * (at(i + 1) - at(i - 1)) - at(i + 2) + at(i - 2)) / 12;
    const ty = (8 * (at(i + CROP_SIZE) - at(i - CROP_SIZE)) - at(i + 2 * CROP_SIZE) + at(i - 2 * CROP_SIZE)) / 12;
    const truth = [tx * u + ty * v, ty * u - tx * v, tx, ty];
    for (let c = 0; c < 4; c++) {
      const slope = data[(3 + c) * count + k]!;
      across[c] = across[c]! + mask[i]! * slope * truth[c]!;
      own[c] = own[c]! + mask[i]! * slope * slope;
    }
  }
  // Smoothing underestimates slopes and so overestimates steps, which would oscillate about the solution.
  for (let c = 0; c < 4; c++) {
    const factor = Math.max(1, across[c]! / Math.max(own[c]!, 1e-9));
    for (let k = (3 + c) * count; k < (4 + c) * count; k++) data[k] = data[k]! * factor;
  }
  return { data, count, mean };
}

function steepest(candidates: readonly number[], gx: Float32Array, gy: Float32Array, most: number): number[] {
  const slope = Float32Array.from(candidates, (i) => gx[i]! ** 2 + gy[i]! ** 2);
  const cut = slope.slice().sort()[candidates.length - most] ?? 0;
  return candidates.filter((_, k) => slope[k]! >= cut).slice(0, most);
}
