import { clipBox, type FlowField, type PixelBox } from '../flow-field.js';

/** Grey levels; less contrast than a camera's noise says nothing of where skin went. */
const NOISE = 1.5;

/**
 * How far a flow field may be off in a box, px, by how badly it matches the pictures there: the root mean square of what is left between
 * the onset and the apex brought back by it (a change of light taken out), over the gradient. Zero for a perfect match.
 */
export function matchError(onset: ArrayLike<number>, apex: ArrayLike<number>, flow: FlowField, box: PixelBox): number {
  const { x, y, width, height } = clipBox(box, { width: flow.width, height: flow.height });
  const size = flow.width;
  const left: number[] = [];
  let slope = 0;
  for (let row = Math.max(1, y); row < Math.min(size - 1, y + height); row++) {
    for (let column = Math.max(1, x); column < Math.min(size - 1, x + width); column++) {
      const i = row * size + column;
      left.push(sample(apex, size, column + flow.data[i]!, row + flow.data[size * size + i]!) - onset[i]!);
      slope += ((onset[i + 1]! - onset[i - 1]!) / 2) ** 2 + ((onset[i + size]! - onset[i - size]!) / 2) ** 2;
    }
  }
  if (left.length === 0) return 0;
  const mean = left.reduce((sum, value) => sum + value, 0) / left.length;
  const rest = left.reduce((sum, value) => sum + (value - mean) ** 2, 0) / left.length;
  return Math.sqrt(Math.max(0, rest - NOISE ** 2) / (slope / left.length + NOISE ** 2));
}

function sample(luma: ArrayLike<number>, size: number, x: number, y: number): number {
  const px = Math.max(0, Math.min(size - 1.001, x));
  const py = Math.max(0, Math.min(size - 1.001, y));
  const [left, top] = [Math.floor(px), Math.floor(py)];
  const [fx, fy] = [px - left, py - top];
  const at = top * size + left;
  return (1 - fy) * ((1 - fx) * luma[at]! + fx * luma[at + 1]!) + fy * ((1 - fx) * luma[at + size]! + fx * luma[at + size + 1]!);
}
