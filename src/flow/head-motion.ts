import { clipBox, type FlowField, type PixelBox } from './flow-field.js';

/** The head's motion in the image plane: mean translation (px, right and down) and rotation (radians, clockwise on the screen). */
export interface HeadMotion {
  readonly u: number;
  readonly v: number;
  readonly rotation: number;
}

/** Least-squares translation and rotation of head flow over the face's bounding box. */
export function headMotion(head: FlowField, landmarks: Float32Array): HeadMotion {
  const { x, y, width, height } = clipBox(boundingBox(landmarks), head);
  const count = width * height;
  if (count === 0) return { u: 0, v: 0, rotation: 0 };
  const plane = head.width * head.height;
  const cx = x + (width - 1) / 2;
  const cy = y + (height - 1) / 2;
  let u = 0;
  let v = 0;
  let turn = 0;
  let inertia = 0;
  for (let row = y; row < y + height; row++) {
    for (let column = x; column < x + width; column++) {
      const i = row * head.width + column;
      const du = head.data[i]!;
      const dv = head.data[plane + i]!;
      u += du;
      v += dv;
      turn += (column - cx) * dv - (row - cy) * du;
      inertia += (column - cx) ** 2 + (row - cy) ** 2;
    }
  }
  return { u: u / count, v: v / count, rotation: inertia === 0 ? 0 : Math.atan(turn / inertia) };
}

/** The whole pixels that the landmarks span. */
function boundingBox(landmarks: Float32Array): PixelBox {
  let left = Infinity;
  let top = Infinity;
  let right = -Infinity;
  let bottom = -Infinity;
  for (let i = 0; i + 1 < landmarks.length; i += 2) {
    left = Math.min(left, landmarks[i]!);
    right = Math.max(right, landmarks[i]!);
    top = Math.min(top, landmarks[i + 1]!);
    bottom = Math.max(bottom, landmarks[i + 1]!);
  }
  if (left > right) return { x: 0, y: 0, width: 0, height: 0 };
  return {
    x: Math.floor(left),
    y: Math.floor(top),
    width: Math.ceil(right) - Math.floor(left),
    height: Math.ceil(bottom) - Math.floor(top),
  };
}
