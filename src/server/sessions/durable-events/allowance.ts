/** Durable events per second that a publisher may cause, for each of its live sessions. */
export const EVENTS_PER_SECOND = 5;

const SECOND = 1000;

/** Drops the timestamps that are older than a second. */
function recent(stamps: number[], now: number): readonly number[] {
  while ((stamps[0] ?? Infinity) <= now - SECOND) stamps.shift();
  return stamps;
}

interface Writer {
  sessions: number;
  stamps: number[];
  endedAt: number;
}

/** What one session may still publish. */
export interface Allowance {
  /** Events that may be published now. */
  readonly left: number;
  /** Milliseconds until there is one more. */
  readonly wait: number;
  /** Counts a published event, within the allowance or not. */
  spend(): void;
  /** The session has ended. */
  close(): void;
}

/**
 * Counts durable events of the last second per session and per publisher: starting new sessions yields no larger allowance, while a
 * publisher with several cameras has a share for each.
 */
export class EventAllowances {
  readonly #writers = new Map<string, Writer>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Publishers in memory: those with sessions, and those of the last second. */
  get size(): number {
    return this.#writers.size;
  }

  open(key: string): Allowance {
    this.#forgetOld();
    const writer = this.#writers.get(key) ?? { sessions: 0, stamps: [], endedAt: 0 };
    this.#writers.set(key, writer);
    writer.sessions++;
    const own: number[] = [];
    const now = this.#now;
    const windows = (): readonly (readonly [stamps: readonly number[], most: number])[] => [
      [recent(own, now()), EVENTS_PER_SECOND],
      [recent(writer.stamps, now()), EVENTS_PER_SECOND * Math.max(1, writer.sessions)],
    ];
    let open = true;
    return {
      get left() {
        return Math.max(0, Math.min(...windows().map(([stamps, most]) => most - stamps.length)));
      },
      get wait() {
        return Math.max(0, ...windows().map(([stamps, most]) => (stamps[stamps.length - most] ?? -Infinity) + SECOND - now()));
      },
      spend: () => {
        for (const stamps of [own, writer.stamps]) stamps.push(now());
      },
      close: () => {
        if (!open) return;
        open = false;
        writer.sessions--;
        writer.endedAt = this.#now();
      },
    };
  }

  #forgetOld(): void {
    for (const [key, { sessions, endedAt }] of this.#writers)
      if (sessions === 0 && this.#now() - endedAt > SECOND) this.#writers.delete(key);
  }
}
