/**
 * How long packets wait in the network's queues, from their departure times (the abs-send-time header extension: 24 bits, 6.18
 * fixed-point seconds, written by the sender's pacer, so that slow encoding does not look like a slow network).
 *
 * It is arrival minus departure, above its least of the last 10 s; the clocks of both ends need not agree.
 */
export class QueueDelay {
  readonly #window: { readonly at: number; readonly transit: number }[] = [];
  #departure: { readonly raw: number; readonly ms: number } | undefined;
  #least = Infinity;
  #since = 0;

  /** `sendTime`: the 24 bits; `now`: arrival, ms. */
  add(sendTime: number, now: number): void {
    const departure = this.#unwrap(sendTime);
    const transit = now - departure;
    // The least of half a second: one late packet is jitter, a late half second is a queue.
    if (now - this.#since <= 500) {
      this.#least = Math.min(this.#least, transit);
      return;
    }
    if (this.#least < Infinity) this.#window.push({ at: now, transit: this.#least });
    while (this.#window[0] && now - this.#window[0].at > 10_000) this.#window.shift();
    this.#least = transit;
    this.#since = now;
  }

  /** Milliseconds; 0 when nothing can be said. */
  get delay(): number {
    const last = this.#window.at(-1);
    if (!last || this.#window.length < 3) return 0;
    return last.transit - this.#window.reduce((least, { transit }) => Math.min(least, transit), Infinity);
  }

  /** For a new stream or clock. */
  reset(): void {
    this.#window.length = 0;
    this.#departure = undefined;
    this.#least = Infinity;
    this.#since = 0;
  }

  /** It wraps every 64 s. */
  #unwrap(raw: number): number {
    const last = this.#departure;
    const step = last ? ((raw - last.raw + 0x1800000) & 0xffffff) - 0x800000 : 0;
    const ms = (last?.ms ?? 0) + (step / 2 ** 18) * 1000;
    this.#departure = { raw, ms };
    return ms;
  }
}
