import type { Similarity } from './contract.js';

/**
 * Landmarks from frame pixels to crop pixels: the inverse of `toFrame`.
 *
 * @param into is used where it has the right length.
 */
export function toCrop(landmarks: Float32Array, { a, b, tx, ty }: Similarity, into?: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  const result = into?.length === landmarks.length ? into : new Float32Array(landmarks.length);
  const scale = a * a + b * b;
  for (let i = 0; i + 1 < landmarks.length; i += 2) {
    const x = landmarks[i]! - tx;
    const y = landmarks[i + 1]! - ty;
    result[i] = (a * x + b * y) / scale;
    result[i + 1] = (a * y - b * x) / scale;
  }
  return result;
}
