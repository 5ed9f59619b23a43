/** Milliseconds for which a server that did not answer is left out; doubled each time, up to the second. */
const FIRST_PAUSE = 30_000;
const LONGEST_PAUSE = 300_000;
/** Servers remembered: those of the settings, which are few. */
const MOST = 100;

/** Leaves out STUN and TURN servers that did not answer, so that publishers need not wait for them one after another. */
export class ServerBreaker {
  readonly #failed = new Map<string, { until: number; pause: number }>();
  /** Servers whose last answer was one; no more than the settings have. */
  readonly #answered = new Set<string>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  admits(server: string): boolean {
    return this.#now() >= (this.#failed.get(server)?.until ?? 0);
  }

  /** Returns whether that is news: its first answer, or the first since it failed. */
  worked(server: string): boolean {
    const news = this.#failed.delete(server) || !this.#answered.has(server);
    this.#answered.add(server);
    return news;
  }

  /** Returns the pause in milliseconds, or `undefined` where another attempt of the same time has said so already. */
  failed(server: string): number | undefined {
    if (!this.admits(server)) return undefined;
    this.#answered.delete(server);
    const pause = Math.min(LONGEST_PAUSE, (this.#failed.get(server)?.pause ?? FIRST_PAUSE / 2) * 2);
    this.#failed.set(server, { until: this.#now() + pause, pause });
    if (this.#failed.size > MOST) this.#failed.delete(this.#failed.keys().next().value ?? '');
    return pause;
  }
}
