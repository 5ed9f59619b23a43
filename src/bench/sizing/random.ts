/** Chance that is the same for the same seed, on every machine: xorshift128 (Marsaglia, Xorshift RNGs, 2003). */
export class Random {
  readonly #state: Uint32Array;
  /** The second of each pair of normal numbers. */
  #spare: number | undefined;

  constructor(seed: number) {
    this.#state = Uint32Array.from([123_456_789, 362_436_069, 521_288_629, 88_675_123 ^ seed]);
    for (let i = 0; i < 32; i++) this.next();
  }

  /** Evenly in [0, 1). */
  next(): number {
    const [x = 0, y = 0, z = 0, w = 0] = this.#state;
    const t = x ^ (x << 11);
    this.#state.set([y, z, w, w ^ (w >>> 19) ^ t ^ (t >>> 8)]);
    return (this.#state[3] ?? 0) / 2 ** 32;
  }

  /** A whole number from 0 to `n` - 1. */
  below(n: number): number { return Math.floor(this.next() * n); }

  /** Time to the next of events that come independently of each other. */
  exponential(mean: number): number { return -mean * Math.log(1 - this.next()); }

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
      const scale = Math.sqrt(-2 * Math.log(s) / s);
      this.#spare = v * scale;
      return u * scale;
    }
  }

  /** Log-normal by its median and the value that 5 % exceed. */
  logNormal(median: number, p95: number): number { return median * Math.exp(Math.log(Math.max(1, p95 / median)) / 1.645 * this.normal()); }
}
