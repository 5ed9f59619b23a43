import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Milliseconds between the looks that the lag is measured by; on an idle loop the delay is just that. Each look wakes the process. */
const RESOLUTION = 50;
/** Milliseconds after which what was measured begins to be forgotten. */
const WINDOW = 10_000;

/**
 * The main loop's delay over the last 10 to 20 seconds. Nobody's reading resets it, so two Prometheus servers, or a scrape and the
 * refusal of sessions, see the same figure.
 */
export class EventLoopLag {
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION });
  readonly #timer: NodeJS.Timeout;
  #before = 0;

  constructor() {
    this.#delay.enable();
    this.#timer = setInterval(() => {
      this.#before = this.#now();
      this.#delay.reset();
    }, WINDOW);
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
