import { CROP_SIZE } from '../../../../src/face/mod.js';
import { bilinear } from './moving-pairs.js';
import type { Planes } from './flow-methods.js';

const PLANE = CROP_SIZE * CROP_SIZE;

/** What is left of the difference of two crops after the flow, over what there was: below 1 it explains something. */
export function residualRatio(onset: Float32Array, apex: Float32Array, flow: Planes, mask: Uint8Array): number {
  let left = 0,
    before = 0;
  for (let k = 0; k < PLANE; k++) {
    if (mask[k] !== 1) continue;
    const x = k % CROP_SIZE,
      y = Math.floor(k / CROP_SIZE);
    left += Math.abs(onset[k]! - bilinear(apex, CROP_SIZE, CROP_SIZE, x + flow[k]!, y + flow[PLANE + k]!));
    before += Math.abs(onset[k]! - apex[k]!);
  }
  return before === 0 ? 1 : left / before;
}

/** Median over the face of how far one gets away from where one started by the flow and the flow back, px. */
export function forwardBackward(forward: Planes, backward: Planes, mask: Uint8Array): number {
  const [u, v] = [backward.subarray(0, PLANE), backward.subarray(PLANE)];
  return medianOver(mask, (k) => {
    const x = (k % CROP_SIZE) + forward[k]!,
      y = Math.floor(k / CROP_SIZE) + forward[PLANE + k]!;
    return Math.hypot(forward[k]! + bilinear(u, CROP_SIZE, CROP_SIZE, x, y), forward[PLANE + k]! + bilinear(v, CROP_SIZE, CROP_SIZE, x, y));
  });
}

/** Median length of the flow over the face, px. */
export function medianFlow(flow: Planes, mask: Uint8Array): number {
  return medianOver(mask, (k) => Math.hypot(flow[k]!, flow[PLANE + k]!));
}

/** Mean end-point error over the face and, of it, where the truth moves by half of its largest displacement or more, px. */
export function endPointError(flow: Planes, truth: Planes, mask: Uint8Array): { readonly all: number; readonly moving: number } {
  let peak = 0;
  for (let k = 0; k < PLANE; k++) if (mask[k] === 1) peak = Math.max(peak, Math.hypot(truth[k]!, truth[PLANE + k]!));
  let all = 0,
    count = 0,
    moving = 0,
    movingCount = 0;
  for (let k = 0; k < PLANE; k++) {
    if (mask[k] !== 1) continue;
    const error = Math.hypot(flow[k]! - truth[k]!, flow[PLANE + k]! - truth[PLANE + k]!);
    all += error;
    count++;
    if (Math.hypot(truth[k]!, truth[PLANE + k]!) < peak / 2) continue;
    moving += error;
    movingCount++;
  }
  return { all: all / Math.max(1, count), moving: moving / Math.max(1, movingCount) };
}

function medianOver(mask: Uint8Array, value: (k: number) => number): number {
  const values: number[] = [];
  for (let k = 0; k < PLANE; k++) if (mask[k] === 1) values.push(value(k));
  return medianOf(values);
}

export function medianOf(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
