import { CROP_SIZE } from '../../face/contract.js';
import type { MotionKernels } from './kernels.js';

/**
 * A crop after a 5-tap binomial low-pass in x and y (σ = 1 px), within a box.
 *
 * Noise in the gradients makes Lucas-Kanade under-read motion, and bilinear reading of unsmoothed pixels biases it; both vanish
 * after this filter.
 */
export class SmoothedCrop {
  /** Row-major CROP_SIZE²; valid within the box. */
  readonly pixels: Float32Array;
  readonly #kernels: MotionKernels;
  #left = 2;
  #top = 2;
  #right = CROP_SIZE - 2;
  #bottom = CROP_SIZE - 2;

  constructor(kernels: MotionKernels) {
    this.#kernels = kernels;
    this.pixels = kernels.smoothed;
  }

  get left(): number {
    return this.#left;
  }
  get top(): number {
    return this.#top;
  }
  get right(): number {
    return this.#right;
  }
  get bottom(): number {
    return this.#bottom;
  }

  /** Where it is smoothed from now on: at least [x0, x1) × [y0, y1), cut to lie 2 px inside the crop. */
  setBox(x0: number, y0: number, x1: number, y1: number): void {
    this.#left = Math.max(2, x0);
    this.#right = Math.min(CROP_SIZE - 2, x1);
    const width = Math.ceil((this.#right - this.#left) / 4) * 4;
    // Fours at a time: what is too much goes to the side where there is room.
    this.#right = Math.min(CROP_SIZE - 2, this.#left + width);
    this.#left = Math.max(2, this.#right - width);
    if ((this.#right - this.#left) % 4 !== 0) this.#left += (this.#right - this.#left) % 4;
    this.#top = Math.max(2, y0);
    this.#bottom = Math.max(this.#top, Math.min(CROP_SIZE - 2, y1));
  }

  update(crop: Float32Array): void {
    this.#kernels.crop.set(crop);
    this.#kernels.smooth(this.#left, this.#top, this.#right, this.#bottom);
  }
}
