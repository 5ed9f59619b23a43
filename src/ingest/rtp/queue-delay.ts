/**
 * How much longer packets take now than the quickest lately: arrival minus media time, above its least over 10 s.
 *
 * The clocks of both ends need not agree, their drift over 10 s does not matter.
 */
export class QueueDelay {
  readonly #window: { readonly at: number; readonly transit: number }[] = [];
  #least = Infinity;
  #leastSince = 0;

  /** `timestamp` unwrapped, 90 kHz; `now` in ms. */
  add(timestamp: number, now: number): void {
    const transit = now - timestamp / 90;
    // The least of this half second; one late packet is jitter, a late half second is a queue.
    if (now - this.#leastSince > 500) {
      if (this.#least < Infinity) this.#window.push({ at: now, transit: this.#least });
      while (this.#window[0] && now - this.#window[0].at > 10_000) this.#window.shift();
      this.#least = transit;
      this.#leastSince = now;
    } else {
      this.#least = Math.min(this.#least, transit);
    }
  }

  /** Milliseconds, 0 when nothing can be said. */
  get delay(): number {
    const last = this.#window.at(-1);
    if (!last || this.#window.length < 3) return 0;
    return last.transit - this.#window.reduce((least, { transit }) => Math.min(least, transit), Infinity);
  }

  /** For a new stream or clock. */
  reset(): void {
    this.#window.length = 0;
    this.#least = Infinity;
    this.#leastSince = 0;
  }
}
