/** What one place says of the head. */
export interface Evidence {
  isReadable: boolean;
  /** Place in the reference crop, px, and its depth (see {@link depthOf}). */
  x: number;
  y: number;
  z: number;
  /** Displacement, px, and its variances, px². */
  u: number;
  v: number;
  varianceU: number;
  varianceV: number;
}

/** Unknowns: shift x, shift y, scale, roll, yaw, pitch. */
const N = 6;
/**
 * What the registration may leave over: standard deviations of the unknowns (px, px, 1, rad, rad, rad). A similarity fitted to a head
 * that turns is wrong by a few hundredths in scale and roll: wide enough for that.
 */
const PRIOR = [2, 2, 0.03, 0.02, 0.1, 0.1] as const;
const ROUNDS = 3;
/** Fewer anchors than this are not enough to agree. */
const LEAST_ANCHORS = 5;
/** Residuals of this many standard deviations count a quarter (Geman and McClure's weights, which never switch). */
const SOFT = 2.5;

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
  /** How far the anchors agree on it: 1 all do, 0 none. */
  agreement = 1;
  readonly #anchors: number;
  readonly #scratch = new Float64Array(N);
  readonly #weights: Float64Array;
  readonly #centre: number;

  /**
   * @param anchors number of anchors, the first of the evidence; @param others number of places that count less; @param size edge of the
   * crop, px
   */
  constructor(anchors: number, others: number, size: number) {
    this.#anchors = anchors;
    this.#weights = new Float64Array(anchors + others).fill(1);
    this.#centre = size / 2;
  }

  /** A new reference: nothing has moved, every anchor is trusted. */
  reset(): void {
    this.values.fill(0);
    this.agreement = 1;
    this.#weights.fill(1);
    this.#normal.fill(0);
    for (let i = 0; i < N; i++) this.#normal[i * N + i] = 1e3;
  }

  /** Starts from the last frame's weights: with few anchors there can be two answers, and jumping between them would be motion. */
  fit(evidence: readonly Evidence[]): void {
    for (let round = 0; round < ROUNDS; round++) {
      this.#solve(evidence);
      this.#reweigh(evidence);
    }
    this.#weigh(evidence);
  }

  /** The head's part of a displacement at (x, y) px of the crop with the given depth, into `out` (u, v). */
  at(x: number, y: number, depth: number, out: Float64Array): void {
    const p = this.values,
      dx = x - this.#centre,
      dy = y - this.#centre;
    out[0] = p[0]! + p[2]! * dx - p[3]! * dy + p[4]! * depth;
    out[1] = p[1]! + p[2]! * dy + p[3]! * dx + p[5]! * depth;
  }

  /** Standard deviations of {@link at}'s u and v there, as sure as the anchors make it, into `out`. */
  sigmaAt(x: number, y: number, depth: number, out: Float64Array): void {
    const dx = x - this.#centre,
      dy = y - this.#centre;
    out[0] = this.#spread(1, 0, dx, -dy, depth, 0);
    out[1] = this.#spread(0, 1, dy, dx, 0, depth);
  }

  /** Square root of rowᵀ·A⁻¹·row, by the Cholesky factor that the last solution left. */
  #spread(...row: readonly [number, number, number, number, number, number]): number {
    const a = this.#normal,
      y = this.#scratch;
    let sum = 0;
    for (let i = 0; i < N; i++) {
      let value = row[i]!;
      for (let k = 0; k < i; k++) value -= a[k * N + i]! * y[k]!;
      y[i] = value / a[i * N + i]!;
      sum += y[i]! * y[i]!;
    }
    return Math.sqrt(sum);
  }

  #solve(evidence: readonly Evidence[]): void {
    const a = this.#normal.fill(0),
      b = this.#right.fill(0);
    for (let m = 0; m < N; m++) a[m * N + m] = 1 / PRIOR[m]! ** 2;
    for (let k = 0; k < evidence.length; k++) {
      const { isReadable, x: placeX, y: placeY, z, u, v, varianceU, varianceV } = evidence[k]!;
      if (!isReadable) continue;
      const x = placeX - this.#centre,
        y = placeY - this.#centre;
      const wu = this.#weights[k]! / varianceU,
        wv = this.#weights[k]! / varianceV;
      // Rows (1, 0, x, −y, z, 0) for u and (0, 1, y, x, 0, z) for v.
      a[0]! += wu;
      a[2]! += wu * x;
      a[3]! -= wu * y;
      a[4]! += wu * z;
      a[N + 1]! += wv;
      a[N + 2]! += wv * y;
      a[N + 3]! += wv * x;
      a[N + 5]! += wv * z;
      a[2 * N + 2]! += wu * x * x + wv * y * y;
      a[2 * N + 3]! += (wv - wu) * x * y;
      a[2 * N + 4]! += wu * x * z;
      a[2 * N + 5]! += wv * y * z;
      a[3 * N + 3]! += wu * y * y + wv * x * x;
      a[3 * N + 4]! -= wu * y * z;
      a[3 * N + 5]! += wv * x * z;
      a[4 * N + 4]! += wu * z * z;
      a[5 * N + 5]! += wv * z * z;
      b[0]! += wu * u;
      b[1]! += wv * v;
      b[2]! += wu * x * u + wv * y * v;
      b[3]! += wv * x * v - wu * y * u;
      b[4]! += wu * z * u;
      b[5]! += wv * z * v;
    }
    solveSymmetric(a, b, this.values);
  }

  #weigh(evidence: readonly Evidence[]): void {
    let agreeing = 0,
      count = 0;
    for (let k = 0; k < this.#anchors; k++) {
      if (!evidence[k]!.isReadable) continue;
      agreeing += this.#weights[k]!;
      count++;
    }
    this.agreement = agreeing / Math.max(count, LEAST_ANCHORS);
  }

  #reweigh(evidence: readonly Evidence[]): void {
    for (let k = 0; k < evidence.length; k++) {
      const { isReadable, x, y, z, u, v, varianceU, varianceV } = evidence[k]!;
      if (!isReadable) continue;
      this.at(x, y, z, SHIFT);
      const away = (u - SHIFT[0]!) ** 2 / varianceU + (v - SHIFT[1]!) ** 2 / varianceV;
      this.#weights[k] = Math.max(0.01, 1 / (1 + away / (2 * SOFT * SOFT)) ** 2);
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
