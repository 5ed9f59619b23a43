import type { MotionSample } from '../contract.js';
import type { SpotterOptions } from './options.js';
import { Rolling } from './rolling.js';

const PACE = 0.05;
/** A lid that stays down longer than this is no blink: someone looks down, squints or smiles. */
const LONGEST_BLINK = 0.6;
/** Closures that are remembered. */
const KEPT = 8;

interface Closure {
  readonly start: number;
  end: number;
}

/** When the eyes were closing, closed or opening, from the apertures of the lids; classify-candidate.ts rejects what moved then. */
export class Blinks {
  readonly #options: SpotterOptions;
  readonly #open: Rolling;
  readonly #closures: Closure[] = [];
  #next = Number.NEGATIVE_INFINITY;
  #closed = false;
  #left = 0;
  #right = 0;

  constructor(options: SpotterOptions) {
    this.#options = options;
    this.#open = new Rolling(2, Math.round(options.noiseSpan / PACE));
  }

  update(sample: MotionSample): void {
    const [left, right] = sample.eyes;
    if (!(left >= 0 && right >= 0)) return;
    if (sample.t >= this.#next) {
      this.#next = sample.t + PACE * 0.999;
      this.#open.push((eye) => (eye === 0 ? left : right));
      this.#left = this.#open.quantile(0, 0.7);
      this.#right = this.#open.quantile(1, 0.7);
    }
    const limit = this.#options.blinkAperture;
    const closed = left < limit * this.#left && right < limit * this.#right;
    const newest = this.#closures.at(-1);
    if (closed && this.#closed && newest !== undefined) newest.end = sample.t;
    else if (closed) this.#closures.push({ start: sample.t, end: sample.t });
    if (this.#closures.length > KEPT) this.#closures.shift();
    this.#closed = closed;
  }

  /** Whether the lids were in motion for a blink, or a look down, somewhere in [from, to], media seconds. */
  within(from: number, to: number): boolean {
    const margin = this.#options.blinkMargin;
    const near = (a: number, b: number): boolean => a - margin <= to && b + margin >= from;
    return this.#closures.some(({ start, end }) =>
      end - start <= LONGEST_BLINK ? near(start, end) : near(start, start) || near(end, end),
    );
  }
}
