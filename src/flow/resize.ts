import type { GreyImage } from './grey-image.js';

/**
 * A picture resized with Keys' cubic (a = −0.5), widened where it shrinks so that nothing aliases; in floats, since 8-bit rounding
 * between would look like motion. A picture that has the size already comes back as it is.
 */
export function resizeGrey(image: GreyImage, width: number, height: number): GreyImage {
  if (image.width === width && image.height === height) return image;
  const across = resizeRows(image.data, image.width, image.height, width);
  // Rows and columns are the same work on the transposed picture.
  const turned = resizeRows(transpose(across, width, image.height), image.height, width, height);
  return { width, height, data: transpose(turned, height, width) };
}

function resizeRows(data: Float32Array, width: number, height: number, to: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(to * height);
  const step = width / to;
  const stretch = Math.max(1, step);
  for (let x = 0; x < to; x++) {
    const centre = (x + 0.5) * step - 0.5;
    const first = Math.ceil(centre - 2 * stretch);
    const last = Math.floor(centre + 2 * stretch);
    const weights: number[] = [];
    let sum = 0;
    for (let i = first; i <= last; i++) {
      const weight = keys((i - centre) / stretch);
      weights.push(weight);
      sum += weight;
    }
    for (let y = 0; y < height; y++) {
      let value = 0;
      for (let i = first; i <= last; i++) value += (weights[i - first] ?? 0) * data[y * width + Math.max(0, Math.min(width - 1, i))]!;
      out[y * to + x] = value / sum;
    }
  }
  return out;
}

function transpose(data: Float32Array, width: number, height: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(width * height);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) out[x * height + y] = data[y * width + x]!;
  return out;
}

function keys(distance: number): number {
  const d = Math.abs(distance);
  if (d < 1) return 1.5 * d ** 3 - 2.5 * d ** 2 + 1;
  return d < 2 ? -0.5 * d ** 3 + 2.5 * d ** 2 - 4 * d + 2 : 0;
}
