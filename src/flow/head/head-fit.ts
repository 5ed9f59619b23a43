import { INPUT_SIZE } from '../flow-messages.js';
import { zeroField, type FlowField } from '../flow-field.js';
import { faceRelief, type FaceRelief } from './face-relief.js';
import { fitRigid, type MovedPoint, type RigidMotion } from './rigid-motion.js';

/** FaceMesh points over bone and how much each is believed (px): skin over the forehead follows the brows, so it counts less. */
export const HEAD_POINTS: readonly (readonly [sigma: number, points: readonly number[]])[] = [
  // Bridge and tip of the nose, corners of the eyes.
  [1, [168, 6, 197, 195, 5, 4, 1, 45, 275, 51, 281, 3, 248, 122, 351, 196, 419, 193, 417, 245, 465, 188, 412, 133, 362, 33, 263, 130, 359]],
  // Temples, and the cheekbones before the ears. None on the face's outline: the flow there is that of hair and background.
  [1.5, [127, 356, 34, 264, 143, 372, 156, 383, 139, 368, 162, 389, 21, 251, 227, 447, 137, 366]],
  [2.5, [151, 9, 108, 337, 69, 299, 104, 333, 71, 301]],
];

/** The head's part of a flow field, by geometry. */
export interface HeadFit {
  readonly motion: RigidMotion;
  readonly relief: FaceRelief;
  /** Degrees by which the head turned out of the image plane. */
  readonly turn: number;
}

/**
 * Which rigid motion of the face's relief explains the facial flow best, by what the parts over bone say; robust against those that moved
 * with the skin. Undefined where the face is mostly outside the crop.
 *
 * @param facial flow of the whole face, head included.
 * @param landmarks 468 FaceMesh points of the onset, crop pixels.
 */
export function fitHead(facial: FlowField, landmarks: Float32Array): HeadFit | undefined {
  const relief = faceRelief(landmarks);
  const points: MovedPoint[] = [];
  for (const [sigma, indices] of HEAD_POINTS) {
    for (const index of indices) {
      const [x, y] = [landmarks[2 * index]!, landmarks[2 * index + 1]!];
      const flow = meanAround(facial, x, y);
      if (flow) points.push({ x, y, z: relief.depths[index]!, u: flow[0], v: flow[1], sigma });
    }
  }
  const motion = fitRigid(points);
  if (!motion) return undefined;
  const [, , , rx, ry] = motion.parameters;
  return { motion, relief, turn: (Math.hypot(rx, ry) * 180) / Math.PI };
}

/** The fit as a dense field over the crop; beyond the face as if the head went on. */
export function headFlow({ motion, relief }: HeadFit): FlowField {
  const field = zeroField(INPUT_SIZE, INPUT_SIZE);
  const plane = INPUT_SIZE * INPUT_SIZE;
  for (let y = 0, i = 0; y < INPUT_SIZE; y++) {
    for (let x = 0; x < INPUT_SIZE; x++, i++) {
      const [u, v] = motion.at(x + 0.5, y + 0.5, relief.depthAt(x + 0.5, y + 0.5));
      field.data[i] = u;
      field.data[plane + i] = v;
    }
  }
  return field;
}

/** Mean of the nine pixels around a position; undefined beyond the border. */
function meanAround({ width, height, data }: FlowField, x: number, y: number): readonly [number, number] | undefined {
  const [cx, cy] = [Math.floor(x), Math.floor(y)];
  if (cx < 1 || cy < 1 || cx > width - 2 || cy > height - 2) return undefined;
  let u = 0;
  let v = 0;
  for (let row = cy - 1; row <= cy + 1; row++) {
    for (let i = row * width + cx - 1; i <= row * width + cx + 1; i++) {
      u += data[i]!;
      v += data[width * height + i]!;
    }
  }
  return [u / 9, v / 9];
}
