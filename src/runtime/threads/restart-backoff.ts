/** Milliseconds that a worker must live for its predecessors' ends to be forgotten. */
const LIVED_MS = 60_000;
/** Limit of the delay, as a multiple of the first one. */
const MAX_FACTOR = 100;

/** How long to wait before a lost worker is replaced: the delay doubles up to a hundredfold while workers keep dying. */
export class RestartBackoff {
  readonly #delay: number;
  readonly #now: () => number;
  #startedAt = 0;
  #losses = 0;

  /** @param delay milliseconds before the first restart */
  constructor(delay: number, now: () => number = () => performance.now()) {
    this.#delay = delay;
    this.#now = now;
  }

  /** A worker is being started. */
  started(): void {
    this.#startedAt = this.#now();
  }

  /** The worker was lost. Returns the delay, and how long the worker had lived; milliseconds both. */
  lost(): { readonly delay: number; readonly lived: number } {
    const lived = this.#now() - this.#startedAt;
    if (lived > LIVED_MS) this.#losses = 0;
    return { delay: this.#delay * Math.min(MAX_FACTOR, 2 ** this.#losses++), lived };
  }
}
