import type { Row } from './backend.js';
import { ClockGuard } from './clock-guard.js';
import type { DurableStore } from './durable-store.js';

/** How long sessions are stored. */
export interface RetentionOptions {
  /** Days for which an ended session is stored; 0: forever. Default 30. */
  readonly days?: number;
  /**
   * Bytes in the database beyond which ended sessions are erased: the oldest of the publisher, and of its session name, that stored most;
   * 0: unlimited. Default 1 GiB.
   */
  readonly bytes?: number;
  /** Milliseconds between runs. Default one hour. */
  readonly every?: number;
  readonly onErased?: (sessions: number) => void;
  /** Erasure by age was suspended because the clock jumped ahead ({@link ClockGuard}), or resumed. */
  readonly onHeld?: (held: boolean, sessions: number) => void;
  /** Monotonic clock, ms; for tests. */
  readonly uptime?: () => number;
  readonly onFailure?: (error: unknown) => void;
}

const DAY = 86_400_000;

/** Erases sessions beyond the limits of age and size, now and every hour. */
export class Retention {
  readonly #store: DurableStore;
  readonly #options: Required<Pick<RetentionOptions, 'days' | 'bytes'>> & RetentionOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #guard: ClockGuard;
  #running: Promise<void> | undefined;

  constructor(store: DurableStore, options: RetentionOptions = {}) {
    this.#store = store;
    this.#options = { days: 30, bytes: 2 ** 30, ...options };
    this.#guard = new ClockGuard(options.uptime);
    this.#timer = setInterval(() => void this.tidy(), options.every ?? 3_600_000);
    this.#timer.unref();
  }

  /** Runs now. Never rejects; a failure is reported. */
  tidy(now = Date.now()): Promise<void> {
    this.#running ??= this.#tidy(now)
      .catch((error: unknown) => {
        this.#options.onFailure?.(error);
      })
      .finally(() => {
        this.#running = undefined;
      });
    return this.#running;
  }

  /** Stops; resolves when a run in progress is done. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  async #tidy(now: number): Promise<void> {
    const { backend } = this.#store;
    const { days, bytes } = this.#options;
    let erased = 0;
    let changed = false;
    const erase = async (rows: readonly Row[]): Promise<boolean> => {
      for (const row of rows) if (await this.#store.delete(String(row['id']))) erased++;
      return rows.length > 0;
    };
    if (days > 0) {
      const oldest = new Date(now - days * DAY).toISOString();
      if (await this.#trustsClock(now, oldest)) while (await erase(await backend.read('endedBefore', [oldest]))) changed = true;
    }
    while (bytes > 0 && (await backend.size()) > bytes) {
      // Live sessions stay; their oldest images are erased.
      if (!(await erase(await backend.read('nextToErase', [])))) {
        if ((await backend.read('anyImage', [])).length === 0) break;
        await backend.write([{ statement: 'dropOldestImages', params: [] }]);
      }
      changed = true;
    }
    if (changed) await backend.scrub();
    if (erased > 0) this.#options.onErased?.(erased);
  }

  async #trustsClock(now: number, oldest: string): Promise<boolean> {
    const { backend } = this.#store;
    const one = async (statement: 'countEndedBefore' | 'countSessions' | 'lastSeen', params: readonly string[] = []) =>
      Object.values((await backend.read(statement, params))[0] ?? {})[0];
    const [erasing, total, at] = [
      Number(await one('countEndedBefore', [oldest])),
      Number(await one('countSessions')),
      await one('lastSeen'),
    ];
    const before = this.#guard.held;
    const seen = typeof at === 'string' ? at : undefined;
    const trusted = this.#guard.trusts({ now, seen: seen === undefined ? undefined : Date.parse(seen), erasing, total });
    if (this.#guard.held !== before) this.#options.onHeld?.(this.#guard.held, erasing);
    // Also while suspended: sessions started under a wrong clock must not make it credible at the next start.
    const credible = trusted ? new Date(now).toISOString() : seen;
    if (credible !== undefined) await backend.write([{ statement: 'seen', params: [credible] }]);
    return trusted;
  }
}
