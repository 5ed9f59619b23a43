import { faceAxes, landmark } from './face-axes.js';
import type { FlowField } from './flow-field.js';

/** FaceMesh landmarks of the lids' margins, of the eye on the image's left and on its right. */
const MARGINS = [
  { upper: [160, 159, 158], lower: [144, 145, 153] },
  { upper: [385, 386, 387], lower: [380, 374, 373] },
] as const;

/**
 * By how much the margins of the lids move apart by the flow, of the eye on the image's left and on its right; negative: together. Pixels
 * of a face whose outer eye corners are 88 px apart. What the head does is in both margins alike, and so not in it. Landmarks show a
 * blink better, and wide eyes worse.
 *
 * @param facial flow of the whole face. @param landmarks 468 FaceMesh points of the onset.
 */
export function lidGap(facial: FlowField, landmarks: Float32Array): readonly [left: number, right: number] {
  const { down, scale } = faceAxes(landmarks);
  const below = (indices: readonly number[]): number =>
    indices.reduce((sum, index) => {
      const [u, v] = meanAround(facial, ...landmark(landmarks, index));
      return sum + (u * down[0] + v * down[1]) / indices.length;
    }, 0);
  const [left, right] = MARGINS.map(({ upper, lower }) => (below(lower) - below(upper)) / (scale || 1));
  return [left ?? 0, right ?? 0];
}

/** Mean of the nine pixels around a position, as far as they are in the crop. */
function meanAround({ width, height, data }: FlowField, x: number, y: number): readonly [number, number] {
  let u = 0;
  let v = 0;
  let count = 0;
  for (let row = Math.floor(y) - 1; row <= Math.floor(y) + 1; row++) {
    for (let column = Math.floor(x) - 1; column <= Math.floor(x) + 1; column++) {
      if (row < 0 || column < 0 || row >= height || column >= width) continue;
      u += data[row * width + column]!;
      v += data[width * height + row * width + column]!;
      count++;
    }
  }
  return count === 0 ? [0, 0] : [u / count, v / count];
}
