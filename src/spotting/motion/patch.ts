import type { ImageNoise } from './image-noise.js';

/** Displacements beyond this are not a motion of the same skin any more, px. */
const MAX_SHIFT = 14;
/** Standard deviation of displacements expected before looking, px: holds textureless directions still. */
const PRIOR_SHIFT = 3;
/** Gradient noise per pixel after smoothing is taken off the structure tensor; never more than this share of it. */
const MAX_BIAS_SHARE = 0.4;

/**
 * One region's template, and its sub-pixel displacement in later crops.
 *
 * Inverse-compositional Lucas-Kanade for translation (Baker & Matthews 2004), with the "project-out" trick: brightness, contrast and
 * linear shading are removed from the steepest-descent images once, so that a change of light reads as no motion at all.
 */
export class Patch {
  /** Displacement in the last crop, px of the crop; starts from the one before. */
  u = 0;
  v = 0;
  /** Standard deviations of u and v from the image's noise, px. */
  sigmaU = 1;
  sigmaV = 1;
  /** Centre of the template, px of the crop. */
  cx = 0;
  cy = 0;

  readonly #halfWidth: number;
  readonly #halfHeight: number;
  readonly #width: number;
  readonly #height: number;
  readonly #template: Float32Array;
  /** Weighted, projected gradients. */
  readonly #sx: Float32Array;
  readonly #sy: Float32Array;
  readonly #weights: Float32Array;
  readonly #basis: Float64Array;
  #weightSum = 0;
  #hxx = 0;
  #hxy = 0;
  #hyy = 0;
  #x0 = 0;
  #y0 = 0;
  #lost = true;

  constructor(halfWidth: number, halfHeight: number) {
    this.#halfWidth = halfWidth;
    this.#halfHeight = halfHeight;
    this.#width = 2 * halfWidth + 1;
    this.#height = 2 * halfHeight + 1;
    const area = this.#width * this.#height;
    this.#template = new Float32Array(area);
    this.#sx = new Float32Array(area);
    this.#sy = new Float32Array(area);
    this.#weights = new Float32Array(area);
    this.#basis = new Float64Array(4 * area);
    for (let j = 0, k = 0; j < this.#height; j++) {
      for (let i = 0; i < this.#width; i++, k++) {
        const dx = (i - halfWidth) / (halfWidth + 1), dy = (j - halfHeight) / (halfHeight + 1);
        this.#weights[k] = Math.exp(-1.5 * (dx * dx + dy * dy));
        this.#weightSum += this.#weights[k]!;
      }
    }
  }

  /** False when the patch does not lie within the crop: it then reads 0 with a large sigma. */
  get usable(): boolean {
    return !this.#lost;
  }

  /** Takes the template from a smoothed reference crop, centred at (x, y) px, rounded to whole pixels. */
  setReference(image: Float32Array, size: number, x: number, y: number): void {
    this.u = 0;
    this.v = 0;
    const x0 = Math.round(x - 0.5) - this.#halfWidth, y0 = Math.round(y - 0.5) - this.#halfHeight;
    this.#lost = !(x0 >= 3 && y0 >= 3 && x0 + this.#width <= size - 3 && y0 + this.#height <= size - 3);
    this.cx = x0 + this.#halfWidth + 0.5;
    this.cy = y0 + this.#halfHeight + 0.5;
    this.#x0 = x0;
    this.#y0 = y0;
    if (this.#lost) return;
    for (let j = 0, k = 0; j < this.#height; j++) {
      for (let i = 0; i < this.#width; i++, k++) {
        const p = (y0 + j) * size + x0 + i;
        this.#template[k] = image[p]!;
        this.#sx[k] = 0.5 * (image[p + 1]! - image[p - 1]!);
        this.#sy[k] = 0.5 * (image[p + size]! - image[p - size]!);
      }
    }
    this.#projectOutLight();
  }

  /** Removes 1, x, y and the template itself from the gradients (weighted Gram-Schmidt), then folds the weights in. */
  #projectOutLight(): void {
    const area = this.#template.length, b = this.#basis, w = this.#weights;
    for (let k = 0; k < area; k++) {
      b[k] = 1;
      b[area + k] = (k % this.#width) - this.#halfWidth;
      b[2 * area + k] = Math.floor(k / this.#width) - this.#halfHeight;
      b[3 * area + k] = this.#template[k]!;
    }
    for (let m = 0; m < 4; m++) {
      for (let l = 0; l < m; l++) subtractProjection(b, m * area, b, l * area, w, area);
      let norm = 0;
      for (let k = 0; k < area; k++) norm += w[k]! * b[m * area + k]! ** 2;
      const scale = norm > 1e-6 ? 1 / Math.sqrt(norm) : 0;
      for (let k = 0; k < area; k++) b[m * area + k]! *= scale;
    }
    for (let m = 0; m < 4; m++) {
      subtractProjection(this.#sx, 0, b, m * area, w, area);
      subtractProjection(this.#sy, 0, b, m * area, w, area);
    }
    this.#hxx = this.#hxy = this.#hyy = 0;
    for (let k = 0; k < area; k++) {
      const gx = this.#sx[k]!, gy = this.#sy[k]!, weight = w[k]!;
      this.#hxx += weight * gx * gx;
      this.#hxy += weight * gx * gy;
      this.#hyy += weight * gy * gy;
      this.#sx[k] = weight * gx;
      this.#sy[k] = weight * gy;
    }
  }

  /** Starts the next search from rest. */
  rest(): void {
    this.u = 0;
    this.v = 0;
  }

  /** Reads the displacement against a smoothed crop into {@link u}, {@link v}. `iterations` 1..5. */
  track(image: Float32Array, size: number, iterations: number, noise: ImageNoise): void {
    if (this.#lost) {
      this.u = this.v = 0;
      this.sigmaU = this.sigmaV = PRIOR_SHIFT;
      return;
    }
    const bias = noise.gradientVariance * this.#weightSum;
    const hxx = Math.max(this.#hxx - bias, this.#hxx * (1 - MAX_BIAS_SHARE));
    const hyy = Math.max(this.#hyy - bias, this.#hyy * (1 - MAX_BIAS_SHARE));
    const prior = noise.density / (PRIOR_SHIFT * PRIOR_SHIFT);
    const a = hxx + prior, b = this.#hxy, d = hyy + prior;
    const inverse = 1 / Math.max(a * d - b * b, 1e-9);
    for (let iteration = 0; iteration < iterations; iteration++) {
      this.#correlate(image, size);
      const ex = SUMS[0]! + prior * this.u, ey = SUMS[1]! + prior * this.v;
      const du = (d * ex - b * ey) * inverse, dv = (a * ey - b * ex) * inverse;
      // One step never goes beyond what the gradients were linearised for.
      this.u -= Math.min(2.5, Math.max(-2.5, du));
      this.v -= Math.min(2.5, Math.max(-2.5, dv));
      if (!(Math.abs(this.u) <= MAX_SHIFT && Math.abs(this.v) <= MAX_SHIFT)) this.u = this.v = 0;
      if (du * du + dv * dv < 1e-5) break;
    }
    this.sigmaU = Math.sqrt(noise.density * d * inverse);
    this.sigmaV = Math.sqrt(noise.density * a * inverse);
  }

  /** Sums of the projected gradients times (crop at the shift − template), into SUMS. The shift is the same for all pixels. */
  #correlate(image: Float32Array, size: number): void {
    const fx = Math.floor(this.u), fy = Math.floor(this.v);
    const ax = this.u - fx, ay = this.v - fy;
    const x = Math.min(Math.max(this.#x0 + fx, 2), size - 3 - this.#width);
    const y = Math.min(Math.max(this.#y0 + fy, 2), size - 3 - this.#height);
    const w00 = (1 - ax) * (1 - ay), w10 = ax * (1 - ay), w01 = (1 - ax) * ay, w11 = ax * ay;
    const template = this.#template, sx = this.#sx, sy = this.#sy;
    let sumX = 0, sumY = 0;
    for (let j = 0, k = 0; j < this.#height; j++) {
      let p = (y + j) * size + x;
      for (let i = 0; i < this.#width; i++, k++, p++) {
        const e = w00 * image[p]! + w10 * image[p + 1]! + w01 * image[p + size]! + w11 * image[p + size + 1]! - template[k]!;
        sumX += sx[k]! * e;
        sumY += sy[k]! * e;
      }
    }
    SUMS[0] = sumX;
    SUMS[1] = sumY;
  }
}

/** Result of the inner loop, shared because the meter is synchronous. */
const SUMS = new Float64Array(2);

/** a[at..] −= ⟨a, b⟩_w · b[from..], with b of unit norm. */
function subtractProjection(
  a: Float32Array | Float64Array, at: number, b: Float64Array, from: number, weights: Float32Array, length: number,
): void {
  let dot = 0;
  for (let k = 0; k < length; k++) dot += weights[k]! * a[at + k]! * b[from + k]!;
  for (let k = 0; k < length; k++) a[at + k]! -= dot * b[from + k]!;
}
