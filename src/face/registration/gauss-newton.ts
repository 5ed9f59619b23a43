import type { Similarity } from '../contract.js';
import { compose, invert, scaleOf } from '../../common/similarity.js';
import type { Kernels } from './kernels.js';
import { ARM, CENTRE, type Template } from './template.js';

/** When to stop. */
export interface GaussNewtonOptions {
  /** Most steps. Default 8. */
  readonly steps?: number;
  /** Stops when a step moves no point of the face by more than this, crop pixels. Default 0.01. */
  readonly tolerance?: number;
}

/** The transform of a frame, and how well it fits. */
export interface Fit {
  /** From crop to frame pixels. */
  readonly toFrame: Similarity;
  /** Light: frame = gain·reference + bias, about the template's mean. */
  readonly gain: number;
  readonly bias: number;
  /** Robust standard deviation of the residuals, grey levels (1.4826 · median magnitude). */
  readonly residual: number;
  /** Part of the prior weight that remains after robust weighting, 0..1. */
  readonly inliers: number;
  readonly steps: number;
  /** False if the equations could not be solved, or the steps did not converge. */
  readonly converged: boolean;
}

/** Cauchy's constant for 95 % efficiency under normal noise. */
const CAUCHY = 2.385;
/** Minimum of the noise, grey levels: about what quantization and interpolation alone produce. */
const LEAST_SIGMA = 0.6;
/** A step below this ends the iteration, crop pixels. */
const SETTLED = 0.15;
/** Below this step the robust scale is kept, so that the sum that is minimized stays the same; crop pixels. */
const RESCALE = 0.5;
/** Scale, rotation, x, y, gain and bias. */
const UNKNOWNS = 6;

/**
 * Registers the frame in `kernels` to a template: inverse compositional Gauss-Newton (Baker & Matthews 2004) over a similarity,
 * gain and bias, with Cauchy's weights about a scale taken from the median of the residuals (they never quite
 * let go of a point, so that two parts of a turning head can't pull the solution to and fro, as Tukey's did).
 *
 * The slopes are the template's, computed once; each step reads the frame at the template's points (bicubic) and solves 6×6 equations.
 * @param start where the crop lies in the frame, about
 */
export function register(
  kernels: Kernels,
  template: Template,
  start: Similarity,
  level: number,
  light: { gain: number; bias: number },
  options: GaussNewtonOptions = {},
): Fit {
  const most = options.steps ?? 8;
  const tolerance = options.tolerance ?? 0.01;
  let prior = 0;
  for (let k = 7 * template.count; k < 8 * template.count; k++) prior += template.data[k]!;
  let toFrame = start;
  let { gain, bias } = light;
  let step = 0;
  let converged = false;
  let inliers = 0;
  kernels.loadTemplate(template.data, template.count);
  kernels.samplePoints(toFrame, level);
  let sigma = 1.4826 * kernels.residuals(gain, bias);
  let scale = sigma;
  const stride = new Accelerator();
  while (step < most) {
    step++;
    const sums = kernels.normalEquations(CAUCHY * Math.max(scale, LEAST_SIGMA));
    inliers = sums[27]! / Math.max(prior, 1e-6);
    const solution = inliers > 0.05 ? solve(sums) : undefined;
    if (!solution) break;
    for (let i = 0; i < 4; i++) solution[i] = solution[i]! / gain;
    const moved = movement(solution);
    const change = stride.next(solution);
    gain += change[4]!;
    bias += change[5]!;
    if (!(gain > 0.2 && gain < 5)) break;
    toFrame = compose(toFrame, invert(increment(change)));
    kernels.samplePoints(toFrame, level);
    sigma = 1.4826 * kernels.residuals(gain, bias);
    if (moved > RESCALE) scale = sigma;
    converged = moved < SETTLED;
    if (moved < tolerance) break;
  }
  return { toFrame, gain, bias, residual: sigma, inliers, steps: step, converged: converged && scaleOf(toFrame) > 0.05 };
}

/** The template's own small move: unknowns 0..3, scale and turn in pixels at ARM from the centre. */
function increment(change: readonly number[]): Similarity {
  const [scale = 0, turn = 0, x = 0, y = 0] = change;
  const a = 1 + scale / ARM;
  const b = turn / ARM;
  return { a, b, tx: CENTRE - a * CENTRE + b * CENTRE + x, ty: CENTRE - b * CENTRE - a * CENTRE + y };
}

/** Upper bound of the motion of any point of the face (about ARM from the centre), pixels. */
function movement(change: readonly number[]): number {
  const [scale = 0, turn = 0, x = 0, y = 0] = change;
  return Math.hypot(x, y) + Math.hypot(scale, turn);
}

/**
 * Lengthens steps that creep: Anderson's mixing of depth one. Where the frame is blurred against the template, or robust weights
 * shift from step to step, plain steps cover only a part of the way, each time the same part.
 */
class Accelerator {
  #raw: readonly number[] | undefined;
  #taken: readonly number[] | undefined;

  /** The step to take instead of `step`. */
  next(step: readonly number[]): readonly number[] {
    const raw = this.#raw;
    const before = this.#taken;
    this.#raw = step;
    let taken = step;
    if (raw && before) {
      let along = 0;
      let square = 0;
      for (let i = 0; i < 4; i++) {
        const change = step[i]! - raw[i]!;
        along += change * step[i]!;
        square += change * change;
      }
      const part = Math.max(-3, Math.min(0.7, along / Math.max(square, 1e-12)));
      taken = step.map((value, i) => value - part * (before[i]! + value - raw[i]!));
    }
    this.#taken = taken;
    return taken;
  }
}

/** Solves the 6×6 equations by Cholesky's method in float64; undefined where the matrix is not positive definite. */
function solve(sums: Float32Array): number[] | undefined {
  const lower: number[][] = [];
  const at = (row: number, column: number): number => lower[row]?.[column] ?? 0;
  const right: number[] = [];
  for (let j = 0; j < UNKNOWNS; j++) {
    const row: number[] = [];
    lower.push(row);
    for (let i = 0; i <= j; i++) {
      // Element (i, j) of the upper triangle, row by row.
      const value = sums[i * UNKNOWNS - (i * (i - 1)) / 2 + (j - i)]!;
      let rest = i === j ? value * (1 + 1e-6) + 1e-9 : value;
      for (let k = 0; k < i; k++) rest -= at(j, k) * at(i, k);
      if (i < j) {
        row.push(rest / at(i, i));
      } else {
        if (!(rest > 1e-6 * Math.abs(value))) return undefined;
        row.push(Math.sqrt(rest));
      }
    }
    let rest = sums[21 + j]!;
    for (let k = 0; k < j; k++) rest -= at(j, k) * (right[k] ?? 0);
    right.push(rest / at(j, j));
  }
  const out = new Array<number>(UNKNOWNS).fill(0);
  for (let j = UNKNOWNS - 1; j >= 0; j--) {
    let rest = right[j] ?? 0;
    for (let k = j + 1; k < UNKNOWNS; k++) rest -= at(k, j) * (out[k] ?? 0);
    out[j] = rest / at(j, j);
  }
  return out;
}
