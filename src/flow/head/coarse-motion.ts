import { INPUT_SIZE } from '../flow-messages.js';
import { zeroField, type FlowField } from '../flow-field.js';

/** Every how many pixels the field is computed; between them it is interpolated. */
const CELL = 4;
/** px; standard deviation of the Gaussian over landmarks: they jitter one by one, skin moves with its neighbours. */
const SPREAD = 7;
/** px; landmarks further away have no say beside nearer ones. */
const REACH = 3 * SPREAD;
/** px; landmarks jitter by less than this. A motion below it is left to the network alone, which sees it as well without help. */
const GUIDED_ABOVE = 1.5;

/**
 * How the landmarks moved from onset to apex, as a smooth field over the crop: right to about a pixel, however far skin went.
 * Undefined where none moved far enough to need it.
 *
 * MEFlowNet was trained on motions of some three pixels and fails on longer ones (a jaw that drops, a raised brow, a turned head). It is
 * therefore shown the apex warped back by this field, and measures what is left.
 *
 * @param onset, apex 468 FaceMesh points each, crop pixels.
 */
export function coarseMotion(onset: Float32Array, apex: Float32Array): FlowField | undefined {
  if (!onset.some((value, i) => Math.abs((apex[i] ?? value) - value) > GUIDED_ABOVE / 2)) return undefined;
  const cells = INPUT_SIZE / CELL + 1;
  const grid = new Float32Array(2 * cells * cells);
  let most = 0;
  for (let row = 0, i = 0; row < cells; row++) {
    for (let column = 0; column < cells; column++, i++) {
      smooth(onset, apex, column * CELL, row * CELL, grid, i);
      most = Math.max(most, grid[i]! ** 2 + grid[cells * cells + i]! ** 2);
    }
  }
  return most > GUIDED_ABOVE ** 2 ? spread(grid, cells) : undefined;
}

/** A crop resampled at where a field points: what lies at x + field(x) comes to x. Bilinear; beyond the border its value. */
export function warpBack(luma: ArrayLike<number>, field: FlowField): Float32Array<ArrayBuffer> {
  const { width, height, data } = field;
  const out = new Float32Array(width * height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const px = Math.max(0, Math.min(width - 1.001, x + data[i]!));
      const py = Math.max(0, Math.min(height - 1.001, y + data[width * height + i]!));
      const left = Math.floor(px);
      const top = Math.floor(py);
      const fx = px - left;
      const fy = py - top;
      const at = top * width + left;
      out[i] = (1 - fy) * ((1 - fx) * luma[at]! + fx * luma[at + 1]!) + fy * ((1 - fx) * luma[at + width]! + fx * luma[at + width + 1]!);
    }
  }
  return out;
}

/** The sum of both, in place of `flow`: what the network measured on the warped apex, and the warp. */
export function addCoarse(flow: Float32Array, { data }: FlowField): Float32Array<ArrayBuffer> {
  const sum = new Float32Array(flow.length);
  for (let i = 0; i < sum.length; i++) sum[i] = flow[i]! + data[i]!;
  return sum;
}

/**
 * Gaussian mean of the landmarks' motion, into `grid[at]` and its second half; far from all of them that of the nearest fades into the mean
 * of many.
 */
function smooth(onset: Float32Array, apex: Float32Array, x: number, y: number, grid: Float32Array, at: number): void {
  let u = 0;
  let v = 0;
  let weights = 0;
  for (let i = 0; i < onset.length; i += 2) {
    const px = onset[i]!;
    const py = onset[i + 1]!;
    const square = (px - x) ** 2 + (py - y) ** 2;
    const weight = (square < REACH ** 2 ? Math.exp(-square / (2 * SPREAD ** 2)) : 0) + 1e-6 / (1 + square);
    u += weight * (apex[i]! - px);
    v += weight * (apex[i + 1]! - py);
    weights += weight;
  }
  grid[at] = u / weights;
  grid[grid.length / 2 + at] = v / weights;
}

function spread(grid: Float32Array, cells: number): FlowField {
  const field = zeroField(INPUT_SIZE, INPUT_SIZE);
  for (let y = 0, i = 0; y < INPUT_SIZE; y++) {
    for (let x = 0; x < INPUT_SIZE; x++, i++) {
      const column = (x + 0.5) / CELL;
      const row = (y + 0.5) / CELL;
      const left = Math.floor(column);
      const top = Math.floor(row);
      const fx = column - left;
      const fy = row - top;
      for (let plane = 0; plane < 2; plane++) {
        const at = plane * cells * cells + top * cells + left;
        field.data[plane * INPUT_SIZE * INPUT_SIZE + i] =
          (1 - fy) * ((1 - fx) * grid[at]! + fx * grid[at + 1]!) + fy * ((1 - fx) * grid[at + cells]! + fx * grid[at + cells + 1]!);
      }
    }
  }
  return field;
}
