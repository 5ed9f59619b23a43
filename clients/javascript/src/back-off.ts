/** Options of {@link BackOff}. */
export interface BackOffOptions {
  /** Milliseconds before the first retry. Default 500. */
  readonly first?: number;
  /** Milliseconds that no wait exceeds. Default 15 000. */
  readonly longest?: number;
  /** Uniform in 0..1; for tests. Default Math.random. */
  readonly random?: () => number;
}

/**
 * Waits between retries: doubling, and jittered over the upper half, so that all viewers of a server that restarts don't
 * come back at the same moment.
 */
export class BackOff {
  readonly #first: number;
  readonly #longest: number;
  readonly #random: () => number;
  #attempt = 0;

  constructor(options: BackOffOptions = {}) {
    this.#first = options.first ?? 500;
    this.#longest = options.longest ?? 15_000;
    this.#random = options.random ?? Math.random;
  }

  /** Retries asked for since the last {@link reset}. */
  get attempt(): number {
    return this.#attempt;
  }

  /** Milliseconds to wait now. `atLeast` is what the server asked for by Retry-After. */
  next(atLeast = 0): number {
    const whole = Math.min(this.#longest, this.#first * 2 ** this.#attempt);
    this.#attempt += 1;
    return Math.max(atLeast, whole / 2 + (this.#random() * whole) / 2);
  }

  /** Call when a connection has proved itself. */
  reset(): void {
    this.#attempt = 0;
  }
}
