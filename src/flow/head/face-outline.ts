import { landmark } from '../face-axes.js';

/** FaceMesh's face oval, clockwise from the top of the forehead. */
const OVAL = [
  10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136, 172, 58, 132, 93,
  234, 127, 162, 21, 54, 103, 67, 109,
] as const;

/** Which pixels lie within the face's outline, row-major, 1 inside; the rest is hair and background. */
export function faceMask(landmarks: Float32Array, width: number, height: number): Uint8Array {
  const points = OVAL.map((index) => landmark(landmarks, index));
  const mask = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const crossings: number[] = [];
    points.forEach(([x1, y1], i) => {
      const [x2, y2] = points[(i + 1) % points.length] ?? [x1, y1];
      const row = y + 0.5;
      if (y1 <= row !== y2 <= row) crossings.push(x1 + ((row - y1) / (y2 - y1)) * (x2 - x1));
    });
    crossings.sort((a, b) => a - b);
    for (let k = 0; k + 1 < crossings.length; k += 2) {
      const to = Math.min(width, Math.floor((crossings[k + 1] ?? 0) + 0.5));
      for (let x = Math.max(0, Math.ceil((crossings[k] ?? 0) - 0.5)); x < to; x++) mask[y * width + x] = 1;
    }
  }
  return mask;
}
