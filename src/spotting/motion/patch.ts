import { CROP_SIZE } from '../../face/contract.js';
import type { ImageNoise } from './image-noise.js';
import type { MotionKernels } from './kernels.js';
import type { SmoothedCrop } from './smoothed-crop.js';

/** Standard deviation of a displacement about the landmarks' prediction, px: holds textureless directions there. */
const PRIOR_SHIFT = 3;
/** Gradient noise per pixel after smoothing is taken off the structure tensor; never more than this share of it. */
const MAX_BIAS_SHARE = 0.4;
/** Steps of one search; most settle in two or three. */
const MAX_STEPS = 12;
/** One step never goes beyond what the gradients were linearised for, px. */
const MAX_STEP = 2;
/** Squared length of the step that ends a search, px². */
const SETTLED = 1e-4;
/** Changes of light, grey levels, and of contrast that end it. */
const SETTLED_LIGHT = 0.3;
const SETTLED_GAIN = 0.02;
/** Contrast against the template's beyond which this is something else. */
const LEAST_GAIN = 0.4;
const MOST_GAIN = 2.5;
/** Residuals count as outliers from this share of the template's own contrast, or from this many deviations of the noise. */
const OUTLYING_SHARE = 0.35;
const OUTLYING_NOISE = 3;
/**
 * The first steps of a search from afar forgive more, the very first everything, so that light may jump: factors of the squared residual
 * scale.
 */
const FORGIVING = [Infinity, 4, 2] as const;
/** Steps that any search takes. */
const LEAST_STEPS = 2;
/** What a template can't explain moves its reading more the more of it there is: this factor where misfit is slight, and its growth. */
const MISFIT_FACTOR = 2.5;
const SLIGHT = 0.15;
const SERIOUS_MISFIT = 0.2;

/**
 * One template, and its sub-pixel displacement in later crops.
 *
 * Inverse-compositional Lucas-Kanade for translation (Baker & Matthews 2004). Brightness, contrast and linear shading are fitted
 * along with it, so that a change of light reads as no motion; pixels that don't fit are outvoted (Geman and McClure's weights), so
 * that teeth, a lock of hair or a frame of glasses at the edge of a patch doesn't drag it along.
 */
export class Patch {
  /** Displacement in the last crop, px of the crop. */
  u = 0;
  v = 0;
  /** Standard deviations of u and v from the image's noise and from what the template could not explain, px. */
  sigmaU = 1;
  sigmaV = 1;
  /** What the template could not explain: 0 nothing, 1 everything is an outlier. */
  misfit = 1;
  /** The misfit's part of the larger sigma, px. */
  doubt = 0;
  /** Centre of the template, px of the crop. */
  cx = 0;
  cy = 0;

  readonly #kernels: MotionKernels;
  readonly #halfWidth: number;
  readonly #halfHeight: number;
  /** Of the template's arrays, filled up to a multiple of 4 with columns of weight 0. */
  readonly #width: number;
  readonly #height: number;
  /** The arrays below, one behind the other. */
  readonly #arrays: Float32Array;
  readonly #template: Float32Array;
  /** The template without brightness and shading. */
  readonly #detail: Float32Array;
  /** Gradients without brightness, shading and contrast. */
  readonly #gx: Float32Array;
  readonly #gy: Float32Array;
  readonly #weights: Float32Array;
  readonly #light = new Float64Array(4);
  #weightSum = 0;
  #xx = 0;
  #yy = 0;
  /** Σ weight·detail², and its mean: the contrast, squared grey levels. */
  #energy = 0;
  #contrast = 0;
  #x0 = 0;
  #y0 = 0;
  #outside = true;

  constructor(kernels: MotionKernels, halfWidth: number, halfHeight: number) {
    this.#kernels = kernels;
    this.#halfWidth = halfWidth;
    this.#halfHeight = halfHeight;
    this.#width = widthOf(halfWidth);
    this.#height = 2 * halfHeight + 1;
    const area = this.#width * this.#height;
    this.#arrays = kernels.allocate(Patch.values(halfWidth, halfHeight));
    const part = (n: number): Float32Array => this.#arrays.subarray(n * area, (n + 1) * area);
    this.#template = part(0);
    this.#detail = part(1);
    this.#gx = part(2);
    this.#gy = part(3);
    this.#weights = part(4);
    for (let j = 0; j < this.#height; j++) {
      for (let i = 0; i < 2 * halfWidth + 1; i++) {
        const dx = (i - halfWidth) / (halfWidth + 1),
          dy = (j - halfHeight) / (halfHeight + 1);
        const weight = Math.exp(-1.5 * (dx * dx + dy * dy));
        this.#weights[j * this.#width + i] = weight;
        this.#weightSum += weight;
        this.#xx += weight * (i - halfWidth) ** 2;
        this.#yy += weight * (j - halfHeight) ** 2;
      }
    }
  }

  /** Values of the kernels' memory that a patch takes. */
  static values(halfWidth: number, halfHeight: number): number {
    return 5 * widthOf(halfWidth) * (2 * halfHeight + 1);
  }

  /** False when the patch does not lie within the crop: it then reads 0 with a large sigma. */
  get usable(): boolean {
    return !this.#outside;
  }

  /** Takes the template from a smoothed crop, centred at (x, y) px, rounded to whole pixels. */
  setReference({ pixels, left, top, right, bottom }: SmoothedCrop, x: number, y: number): void {
    this.u = 0;
    this.v = 0;
    this.misfit = 0;
    this.#light.fill(0);
    const x0 = Math.round(x - 0.5) - this.#halfWidth,
      y0 = Math.round(y - 0.5) - this.#halfHeight;
    this.#outside = !(x0 > left && y0 > top && x0 + 2 * this.#halfWidth + 2 < right && y0 + this.#height + 1 < bottom);
    this.cx = x0 + this.#halfWidth + 0.5;
    this.cy = y0 + this.#halfHeight + 0.5;
    this.#x0 = x0;
    this.#y0 = y0;
    if (this.#outside) return;
    for (let j = 0; j < this.#height; j++) {
      for (let i = 0; i < 2 * this.#halfWidth + 1; i++) {
        const p = (y0 + j) * CROP_SIZE + x0 + i,
          k = j * this.#width + i;
        this.#template[k] = pixels[p]!;
        this.#gx[k] = 0.5 * (pixels[p + 1]! - pixels[p - 1]!);
        this.#gy[k] = 0.5 * (pixels[p + CROP_SIZE]! - pixels[p - CROP_SIZE]!);
      }
    }
    this.#detail.set(this.#template);
    this.#removeShading(this.#detail);
    this.#energy = 1e-3;
    for (let k = 0; k < this.#detail.length; k++) this.#energy += this.#weights[k]! * this.#detail[k]! ** 2;
    this.#contrast = this.#energy / this.#weightSum;
    this.#removeLight(this.#gx);
    this.#removeLight(this.#gy);
  }

  /** Takes the weighted projections on 1, x and y out; these three are orthogonal under the symmetric weights. */
  #removeShading(values: Float32Array): void {
    const w = this.#weights;
    let mean = 0,
      alongX = 0,
      alongY = 0;
    for (let k = 0; k < values.length; k++) {
      const value = w[k]! * values[k]!;
      mean += value;
      alongX += value * ((k % this.#width) - this.#halfWidth);
      alongY += value * (Math.floor(k / this.#width) - this.#halfHeight);
    }
    mean /= this.#weightSum;
    alongX /= this.#xx;
    alongY /= this.#yy;
    for (let k = 0; k < values.length; k++) {
      values[k]! -= mean + alongX * ((k % this.#width) - this.#halfWidth) + alongY * (Math.floor(k / this.#width) - this.#halfHeight);
    }
  }

  #removeLight(values: Float32Array): void {
    this.#removeShading(values);
    let dot = 0;
    for (let k = 0; k < values.length; k++) dot += this.#weights[k]! * values[k]! * this.#detail[k]!;
    dot /= this.#energy;
    for (let k = 0; k < values.length; k++) values[k]! -= dot * this.#detail[k]!;
  }

  /**
   * Searches the displacement in a smoothed crop from (fromU, fromV), and reads {@link u}, {@link v}, their sigmas and the misfit.
   * (priorU, priorV): where it is expected, which decides only where texture doesn't.
   */
  track(crop: SmoothedCrop, fromU: number, fromV: number, priorU: number, priorV: number, noise: ImageNoise, afar = false): void {
    this.u = fromU;
    this.v = fromV;
    if (this.#outside) {
      this.sigmaU = this.sigmaV = PRIOR_SHIFT;
      this.misfit = 1;
      return;
    }
    const scale = OUTLYING_SHARE ** 2 * this.#contrast + OUTLYING_NOISE ** 2 * 2 * noise.variance;
    const prior = noise.density / (PRIOR_SHIFT * PRIOR_SHIFT);
    const light = this.#light;
    let s = this.#kernels.sums;
    let inverse = 0,
      a = 0,
      b = 0,
      d = 0;
    for (let step = 0; step < MAX_STEPS; step++) {
      s = this.#sum(crop, 1 / (afar ? scale * (FORGIVING[step] ?? 1) : scale));
      const trust = s[0]! / this.#weightSum;
      const bias = noise.gradientVariance * s[0]!;
      a = Math.max(s[1]! - bias, s[1]! * (1 - MAX_BIAS_SHARE)) + prior;
      b = s[2]!;
      d = Math.max(s[3]! - bias, s[3]! * (1 - MAX_BIAS_SHARE)) + prior;
      inverse = 1 / Math.max(a * d - b * b, 1e-9);
      const ex = s[4]! + prior * (this.u - priorU),
        ey = s[5]! + prior * (this.v - priorV);
      const du = Math.min(MAX_STEP, Math.max(-MAX_STEP, (d * ex - b * ey) * inverse));
      const dv = Math.min(MAX_STEP, Math.max(-MAX_STEP, (a * ey - b * ex) * inverse));
      this.u -= du;
      this.v -= dv;
      const share = 1 / Math.max(trust, 0.05);
      const brighter = (share * s[6]!) / this.#weightSum,
        sharper = (share * s[9]!) / this.#energy;
      light[0]! += brighter;
      light[1]! += (share * s[7]!) / this.#xx;
      light[2]! += (share * s[8]!) / this.#yy;
      light[3]! += sharper;
      const isSettled = du * du + dv * dv < SETTLED && Math.abs(brighter) < SETTLED_LIGHT && Math.abs(sharper) < SETTLED_GAIN;
      if (step >= (afar ? FORGIVING.length : LEAST_STEPS - 1) && isSettled) break;
    }
    const weight = Math.max(s[0]!, 1e-6);
    // A flat cover fits any template that is faded out.
    const isFaded = !(light[3]! > LEAST_GAIN - 1 && light[3]! < MOST_GAIN - 1);
    if (isFaded) light.fill(0);
    this.misfit = isFaded ? 1 : s[11]! / this.#weightSum;
    const unexplained = Math.max(0, s[10]! / weight - 2 * noise.variance);
    const density = noise.density + MISFIT_FACTOR * (SLIGHT + (this.misfit / SERIOUS_MISFIT) ** 2) * unexplained;
    this.doubt = Math.sqrt((density - noise.density) * Math.max(a, d) * inverse);
    this.sigmaU = Math.sqrt(density * d * inverse);
    this.sigmaV = Math.sqrt(density * a * inverse);
  }

  /** One pass at the present shift, the same for all pixels; where it would leave the smoothed box it stays at its edge, and misfits. */
  #sum(crop: SmoothedCrop, inverseScale: number): Float32Array {
    const fx = Math.floor(this.u),
      fy = Math.floor(this.v);
    const x = Math.min(Math.max(this.#x0 + fx, crop.left), crop.right - 2 * this.#halfWidth - 2);
    const y = Math.min(Math.max(this.#y0 + fy, crop.top), crop.bottom - this.#height - 1);
    return this.#kernels.sum(
      x,
      y,
      this.u - fx,
      this.v - fy,
      this.#arrays,
      this.#width,
      this.#height,
      this.#halfWidth,
      this.#halfHeight,
      this.#light,
      inverseScale,
    );
  }
}

function widthOf(halfWidth: number): number {
  return (2 * halfWidth + 4) & ~3;
}
