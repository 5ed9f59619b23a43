import type { MotionSample } from '../contract.js';
import type { SpotterOptions } from './options.js';

/** Registration errs for this long after the head moved, s. */
const AFTERMATH = 0.12;
const KEPT = 256;

/** How far the head's motion makes the face's untrustworthy. */
export class Head {
  /** Multiplies thresholds: 1 at rest. */
  factor = 1;
  readonly #options: SpotterOptions;
  readonly #fast = new Float64Array(KEPT).fill(Number.NEGATIVE_INFINITY);
  #count = 0;
  #t: number | undefined;

  constructor(options: SpotterOptions) {
    this.#options = options;
  }

  update(sample: MotionSample): void {
    const { headSpeedScale, turnSpeedScale, headSpeedMax, turnSpeedMax } = this.#options;
    const speed = Number.isFinite(sample.headSpeed) ? Math.max(0, sample.headSpeed) : headSpeedMax;
    const turn = Number.isFinite(sample.turnSpeed) ? Math.max(0, sample.turnSpeed) : turnSpeedMax;
    const now = 1 + speed / headSpeedScale + turn / turnSpeedScale;
    const fade = Math.exp(-(this.#t === undefined ? 0 : sample.t - this.#t) / AFTERMATH);
    this.factor = Math.max(now, 1 + fade * (this.factor - 1));
    this.#t = sample.t;
    if (speed >= headSpeedMax || turn >= turnSpeedMax) this.#fast[this.#count++ % KEPT] = sample.t;
  }

  /** Whether the head was too fast somewhere in [from, to], media seconds. */
  tooFast(from: number, to: number): boolean {
    return this.#fast.some((t) => t >= from && t <= to);
  }
}
