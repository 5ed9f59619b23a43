import { rank } from '../rank.js';

/** Steps between the sample points, px. */
const STEP = 7;
/** Distance of two compared changes, in sample points: what both have in common is a change of light, not noise. */
const APART = 2;
/** Compression can freeze pixels, which is no proof of a clean picture: standard deviation never below this, grey levels. */
const MIN_SIGMA = 0.15;
/** Grey levels of a smoothed crop before anything was measured: a webcam indoors. */
const FIRST_SIGMA = 0.8;
const SECONDS_TO_FORGET = 0.7;

/**
 * The noise of the smoothed crops, from what changes between registered neighbours (medians: moving parts don't count).
 *
 * Resampling a small face up to the crop correlates its noise; value noise and gradient noise together tell how far
 * (for noise of autocorrelation exp(−r²/4s²): s² = σ²/(2σ_g²), spectral density at 0 = 4π s² σ²).
 */
export class ImageNoise {
  /** Variance of a central difference, (grey levels/px)². */
  gradientVariance: number;
  /** Spectral density at frequency 0, (grey levels · px)²: times the inverse structure tensor, the variance of a displacement. */
  density: number;

  /** Variance of a smoothed pixel, squared grey levels. */
  variance = FIRST_SIGMA * FIRST_SIGMA;
  #columns = 0;
  #rows = 0;
  #x0 = 0;
  #y0 = 0;
  #hasPrevious = false;
  readonly #values: Float32Array;
  readonly #gradients: Float32Array;
  readonly #changes: Float32Array;
  readonly #gradientChanges: Float32Array;
  /** Changes along one row of sample points. */
  readonly #row: Float32Array;

  constructor(size: number) {
    const most = (Math.floor(size / STEP) + 1) ** 2;
    this.#values = new Float32Array(most);
    this.#gradients = new Float32Array(most);
    this.#changes = new Float32Array(most);
    this.#gradientChanges = new Float32Array(most);
    this.#row = new Float32Array(Math.floor(size / STEP) + 1);
    this.gradientVariance = this.variance / 2;
    this.density = (2 * Math.PI * this.variance ** 2) / this.gradientVariance;
  }

  /** The next crop has another registration, or shows another place: it is not compared to the last one. */
  restart(x0: number, y0: number, x1: number, y1: number): void {
    this.#hasPrevious = false;
    this.#x0 = x0 + 3;
    this.#y0 = y0 + 3;
    this.#columns = Math.max(0, Math.floor((x1 - x0 - 6) / STEP));
    this.#rows = Math.max(0, Math.floor((y1 - y0 - 6) / STEP));
  }

  /** Takes a smoothed crop in; `dt` seconds after the one before. */
  update(image: Float32Array, size: number, dt: number): void {
    let count = 0,
      pairs = 0;
    for (let j = 0; j < this.#rows; j++) {
      let p = (this.#y0 + j * STEP) * size + this.#x0;
      for (let i = 0; i < this.#columns; i++, p += STEP, count++) {
        const value = image[p]!,
          gradient = 0.5 * (image[p + 1]! - image[p - 1]!);
        this.#row[i] = value - this.#values[count]!;
        if (i >= APART) this.#changes[pairs++] = Math.abs(this.#row[i]! - this.#row[i - APART]!);
        this.#gradientChanges[count] = Math.abs(gradient - this.#gradients[count]!);
        this.#values[count] = value;
        this.#gradients[count] = gradient;
      }
    }
    if (!this.#hasPrevious || count < 20) {
      this.#hasPrevious = count >= 20;
      return;
    }
    // Median absolute change of Gaussian noise: 0.6745·√2·σ; of the difference between two changes √2 times that.
    const scale = 1 / (0.6745 * Math.SQRT2);
    const sigma = Math.max(MIN_SIGMA, scale * Math.SQRT1_2 * rank(this.#changes, pairs, pairs >> 1));
    const gradientSigma = Math.max(MIN_SIGMA / 2, scale * rank(this.#gradientChanges, count, count >> 1));
    const keep = Math.exp(-Math.max(0, dt) / SECONDS_TO_FORGET);
    this.variance = keep * this.variance + (1 - keep) * sigma * sigma;
    this.gradientVariance = keep * this.gradientVariance + (1 - keep) * gradientSigma * gradientSigma;
    this.density = (2 * Math.PI * this.variance ** 2) / this.gradientVariance;
  }
}
