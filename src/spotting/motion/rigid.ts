import type { Patch } from './patch.js';

/** Unknowns: shift x, shift y, scale, roll, yaw, pitch. */
const N = 6;
/**
 * What the registration may leave over: standard deviations of the unknowns (px, px, 1, rad, rad, rad). Tight where registration
 * has already measured: an outer eye corner that a brow pulls along is not to pass for a scale or a roll of the head.
 */
const PRIOR = [1, 1, 0.006, 0.006, 0.08, 0.08] as const;
const ROUNDS = 3;
/** Residuals of this many standard deviations count a quarter (Geman and McClure's weights, which never switch). */
const SOFT = 2.5;
/** Model error of an anchor, px: skin that slides a little, depth that is another person's. */
const MODEL_SIGMA = 0.1;

/**
 * The head's motion that registration left over, from the anchor patches: a similarity, and turns by the places' depths
 * (u = tx + s·X − r·Y + yaw·Z, v = ty + s·Y + r·X + pitch·Z; X, Y from the crop's centre). Robust: an anchor that an
 * expression moves is outvoted.
 */
export class RigidMotion {
  /** Shift x, shift y (px), scale, roll, yaw, pitch (radians) since the reference. */
  readonly values = new Float64Array(N);
  /** Upper triangle of the normal matrix, then its Cholesky factor in place. */
  readonly #normal = new Float64Array(N * N);
  readonly #right = new Float64Array(N);
  readonly #weights: Float64Array;
  readonly #centre: number;

  /** @param anchors number of anchors; @param size edge of the crop, px */
  constructor(anchors: number, size: number) {
    this.#weights = new Float64Array(anchors).fill(1);
    this.#centre = size / 2;
  }

  /** A new reference: nothing has moved, every anchor is trusted. */
  reset(): void {
    this.values.fill(0);
    this.#weights.fill(1);
  }

  /** Starts from the last frame's weights: with few anchors there can be two answers, and jumping between them would be motion. */
  fit(anchors: readonly Patch[], depths: Float64Array): void {
    for (let round = 0; round < ROUNDS; round++) {
      this.#solve(anchors, depths);
      this.#reweigh(anchors, depths);
    }
  }

  /** The head's part of a displacement at (x, y) px of the crop with the given depth, into `out` (u, v). */
  at(x: number, y: number, depth: number, out: Float64Array): void {
    const p = this.values, dx = x - this.#centre, dy = y - this.#centre;
    out[0] = p[0]! + p[2]! * dx - p[3]! * dy + p[4]! * depth;
    out[1] = p[1]! + p[2]! * dy + p[3]! * dx + p[5]! * depth;
  }

  #solve(anchors: readonly Patch[], depths: Float64Array): void {
    const a = this.#normal.fill(0), b = this.#right.fill(0);
    for (let m = 0; m < N; m++) a[m * N + m] = 1 / PRIOR[m]! ** 2;
    for (let k = 0; k < anchors.length; k++) {
      const patch = anchors[k]!;
      if (!patch.usable) continue;
      const x = patch.cx - this.#centre, y = patch.cy - this.#centre, z = depths[k]!;
      const wu = this.#weights[k]! / (patch.sigmaU ** 2 + MODEL_SIGMA ** 2);
      const wv = this.#weights[k]! / (patch.sigmaV ** 2 + MODEL_SIGMA ** 2);
      // Rows (1, 0, x, −y, z, 0) for u and (0, 1, y, x, 0, z) for v.
      a[0]! += wu; a[2]! += wu * x; a[3]! -= wu * y; a[4]! += wu * z;
      a[N + 1]! += wv; a[N + 2]! += wv * y; a[N + 3]! += wv * x; a[N + 5]! += wv * z;
      a[2 * N + 2]! += wu * x * x + wv * y * y; a[2 * N + 3]! += (wv - wu) * x * y;
      a[2 * N + 4]! += wu * x * z; a[2 * N + 5]! += wv * y * z;
      a[3 * N + 3]! += wu * y * y + wv * x * x; a[3 * N + 4]! -= wu * y * z; a[3 * N + 5]! += wv * x * z;
      a[4 * N + 4]! += wu * z * z; a[5 * N + 5]! += wv * z * z;
      b[0]! += wu * patch.u; b[1]! += wv * patch.v;
      b[2]! += wu * x * patch.u + wv * y * patch.v; b[3]! += wv * x * patch.v - wu * y * patch.u;
      b[4]! += wu * z * patch.u; b[5]! += wv * z * patch.v;
    }
    solveSymmetric(a, b, this.values);
  }

  #reweigh(anchors: readonly Patch[], depths: Float64Array): void {
    for (let k = 0; k < anchors.length; k++) {
      const patch = anchors[k]!;
      this.at(patch.cx, patch.cy, depths[k]!, SHIFT);
      const u = (patch.u - SHIFT[0]!) ** 2 / (patch.sigmaU ** 2 + MODEL_SIGMA ** 2);
      const v = (patch.v - SHIFT[1]!) ** 2 / (patch.sigmaV ** 2 + MODEL_SIGMA ** 2);
      this.#weights[k] = Math.max(0.01, 1 / (1 + (u + v) / (2 * SOFT * SOFT)) ** 2);
    }
  }
}

const SHIFT = new Float64Array(2);

/** Solves A·x = b for a symmetric positive definite A given by its upper triangle (destroyed), by Cholesky. */
function solveSymmetric(a: Float64Array, b: Float64Array, x: Float64Array): void {
  for (let i = 0; i < N; i++) {
    for (let j = i; j < N; j++) {
      let sum = a[i * N + j]!;
      for (let k = 0; k < i; k++) sum -= a[k * N + i]! * a[k * N + j]!;
      a[i * N + j] = j === i ? Math.sqrt(Math.max(sum, 1e-12)) : sum / a[i * N + i]!;
    }
  }
  for (let i = 0; i < N; i++) {
    let sum = b[i]!;
    for (let k = 0; k < i; k++) sum -= a[k * N + i]! * x[k]!;
    x[i] = sum / a[i * N + i]!;
  }
  for (let i = N - 1; i >= 0; i--) {
    let sum = x[i]!;
    for (let k = i + 1; k < N; k++) sum -= a[i * N + k]! * x[k]!;
    x[i] = sum / a[i * N + i]!;
  }
}
