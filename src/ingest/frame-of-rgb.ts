import type { Frame } from './contract.js';

/**
 * An RGB picture as a {@link Frame}: I420 by BT.601, luma in its full range, so that grey values keep their steps.
 *
 * @param rgb interleaved 8-bit R, G, B, row-major.
 */
export function frameOfRgb(rgb: Uint8Array, width: number, height: number, at: { readonly index: number; readonly t: number }): Frame {
  const halfWidth = (width + 1) >> 1;
  const halfHeight = (height + 1) >> 1;
  const data = new Uint8Array(width * height + 2 * halfWidth * halfHeight);
  for (let i = 0; i < width * height; i++) {
    data[i] = Math.round(0.299 * rgb[3 * i]! + 0.587 * rgb[3 * i + 1]! + 0.114 * rgb[3 * i + 2]!);
  }
  const u = width * height;
  const v = u + halfWidth * halfHeight;
  for (let y = 0; y < halfHeight; y++) {
    for (let x = 0; x < halfWidth; x++) {
      const from = 3 * (2 * y * width + 2 * x);
      const [r, g, b] = [rgb[from]!, rgb[from + 1]!, rgb[from + 2]!];
      data[u + y * halfWidth + x] = Math.round(128 - 0.148 * r - 0.291 * g + 0.439 * b);
      data[v + y * halfWidth + x] = Math.round(128 + 0.439 * r - 0.368 * g - 0.071 * b);
    }
  }
  return { ...at, width, height, data, receivedAt: 0, decodeMs: 0 };
}
