export interface DecodeBudgetOptions {
  /** Of one processor core, 0..1, on average. Default 0.4: ten times what 640x480 at 30 frames a second takes. */
  readonly share?: number;
  /** Milliseconds of decoding at once beyond that. Default 400. */
  readonly burst?: number;
}

/**
 * What one publisher may cost the thread that it shares with others.
 *
 * Neither bit rate nor size bounds it: a still picture of 4096x2304 at 60 frames a second is a few kilobytes a second and more than a
 * core. Once spent, nothing is decoded until half the burst is saved up again.
 */
export class DecodeBudget {
  readonly #share: number;
  readonly #burst: number;
  #left: number;
  #last: number | undefined;
  #spent = false;

  constructor({ share = 0.4, burst = 400 }: DecodeBudgetOptions = {}) {
    this.#share = share;
    this.#burst = burst;
    this.#left = burst;
  }

  /** Whether the next frame may be decoded. `now`: ms. */
  admits(now: number): boolean {
    this.#left = Math.min(this.#burst, this.#left + Math.max(0, now - (this.#last ?? now)) * this.#share);
    this.#last = now;
    if (this.#left <= 0) this.#spent = true;
    else if (this.#left >= this.#burst / 2) this.#spent = false;
    return !this.#spent;
  }

  /** Decoding took this long, ms of the thread's own time. */
  spend(duration: number): void {
    this.#left = Math.max(-this.#burst, this.#left - duration);
  }
}
