import { mulberry32 } from '../../../src/common/mulberry32.js';

/** Chance that is the same for the same seed, on every machine. */
export class Random {
  /** Evenly in [0, 1). */
  readonly next: () => number;
  /** The second of each pair of normal numbers. */
  #spare: number | undefined;

  constructor(seed: number) {
    this.next = mulberry32(seed);
  }

  /** A whole number from 0 to `n` - 1. */
  below(n: number): number {
    return Math.floor(this.next() * n);
  }

  /** Time to the next of events that come independently of each other. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.next());
  }

  /** By Marsaglia's polar method: no function that two versions of V8 may round differently but `log` and `sqrt`. */
  normal(): number {
    if (this.#spare !== undefined) {
      const spare = this.#spare;
      this.#spare = undefined;
      return spare;
    }
    for (;;) {
      const u = 2 * this.next() - 1;
      const v = 2 * this.next() - 1;
      const s = u * u + v * v;
      if (s >= 1 || s === 0) continue;
      const scale = Math.sqrt((-2 * Math.log(s)) / s);
      this.#spare = v * scale;
      return u * scale;
    }
  }

  /** Log-normal by its median and the value that 5 % exceed. */
  logNormal(median: number, p95: number): number {
    return median * Math.exp((Math.log(Math.max(1, p95 / median)) / 1.645) * this.normal());
  }
}
