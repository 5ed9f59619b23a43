import type { DenseFlow } from './dense-flow.js';

/**
 * Where strain is read in the half crop, px: brows, cheeks beside the nose, mouth. The eyes are left out: blinks strain more than any
 * expression.
 */
const REGIONS = [
  { x0: 22, x1: 54, y0: 20, y1: 36 },
  { x0: 58, x1: 90, y0: 20, y1: 36 },
  { x0: 28, x1: 46, y0: 54, y1: 70 },
  { x0: 66, x1: 84, y0: 54, y1: 70 },
  { x0: 34, x1: 78, y0: 70, y1: 98 },
] as const;

/**
 * Optical strain (Shreve, Godavarthy, Goldgof, Sarkar 2011): the magnitude of the flow's symmetric gradient,
 * √(e_xx² + e_yy² + 2·e_xy²), mean over each region of the face, summed over regions.
 */
export function meanStrain({ size, u, v }: DenseFlow): number {
  let total = 0;
  for (const { x0, x1, y0, y1 } of REGIONS) {
    let sum = 0;
    for (let y = y0; y < y1; y++) {
      for (let x = x0; x < x1; x++) {
        const i = y * size + x;
        const xx = 0.5 * (u[i + 1]! - u[i - 1]!);
        const yy = 0.5 * (v[i + size]! - v[i - size]!);
        const xy = 0.25 * (u[i + size]! - u[i - size]! + v[i + 1]! - v[i - 1]!);
        sum += Math.sqrt(xx * xx + yy * yy + 2 * xy * xy);
      }
    }
    total += sum / ((x1 - x0) * (y1 - y0));
  }
  return total;
}
