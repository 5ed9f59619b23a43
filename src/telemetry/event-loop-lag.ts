import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Milliseconds between the looks that the lag is measured by; on an idle loop the delay is just that. Each look wakes the process. */
const RESOLUTION = 50;
/** Default window: long enough for a scrape to see every stall. */
const WINDOW_MS = 10_000;

/**
 * The main loop's delay over the last one to two windows (default: 10 to 20 seconds). Reading it does not reset it, so two Prometheus
 * servers see the same value.
 */
export class EventLoopLag {
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION });
  readonly #timer: NodeJS.Timeout;
  #before = 0;

  /** @param windowMs a stall is forgotten after one to two windows */
  constructor(windowMs = WINDOW_MS) {
    this.#delay.enable();
    this.#timer = setInterval(() => {
      this.#before = this.#now();
      this.#delay.reset();
    }, windowMs);
    this.#timer.unref();
  }

  /** 99th percentile, seconds. */
  get seconds(): number {
    return Math.max(this.#before, this.#now());
  }

  close(): void {
    clearInterval(this.#timer);
    this.#delay.disable();
  }

  #now(): number {
    const nanoseconds = this.#delay.percentile(99);
    return Number.isFinite(nanoseconds) ? Math.max(0, nanoseconds / 1e9 - RESOLUTION / 1000) : 0;
  }
}
