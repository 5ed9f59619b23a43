/**
 * A crop after a 5-tap binomial low-pass in x and y (σ = 1 px), within a box.
 *
 * Noise in the gradients makes Lucas-Kanade under-read motion, and bilinear reading of unsmoothed pixels biases it; both vanish
 * after this filter.
 */
export class SmoothedCrop {
  readonly size: number;
  /** Row-major `size * size`; valid within the last box. */
  readonly pixels: Float32Array;
  readonly #rows: Float32Array;

  /** @param size edge of the square crop, px */
  constructor(size: number) {
    this.size = size;
    this.pixels = new Float32Array(size * size);
    this.#rows = new Float32Array(size * size);
  }

  /** Smooths `crop` within the box [x0, x1) × [y0, y1), which is cut to lie 2 px inside the crop. */
  update(crop: Float32Array, x0: number, y0: number, x1: number, y1: number): void {
    const n = this.size;
    const left = Math.max(2, x0), right = Math.min(n - 2, x1);
    const top = Math.max(2, y0), bottom = Math.min(n - 2, y1);
    const rows = this.#rows, out = this.pixels;
    for (let y = top - 2; y < bottom + 2; y++) {
      for (let i = y * n + left, end = y * n + right; i < end; i++) {
        rows[i] = 0.375 * crop[i]! + 0.25 * (crop[i - 1]! + crop[i + 1]!) + 0.0625 * (crop[i - 2]! + crop[i + 2]!);
      }
    }
    const n2 = 2 * n;
    for (let y = top; y < bottom; y++) {
      for (let i = y * n + left, end = y * n + right; i < end; i++) {
        out[i] = 0.375 * rows[i]! + 0.25 * (rows[i - n]! + rows[i + n]!) + 0.0625 * (rows[i - n2]! + rows[i + n2]!);
      }
    }
  }
}
