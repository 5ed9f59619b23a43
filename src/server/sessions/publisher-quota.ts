import { ProblemError } from '../http/problem.js';

/** Options of {@link PublisherQuota}. */
export interface PublisherQuotaOptions {
  /** Sessions of one publisher that have sent no picture yet. */
  readonly pending: number;
  /** Milliseconds; for tests. */
  readonly now?: () => number;
}

/** Milliseconds for which a publisher is refused after a session of faulty video; doubled each time, up to the second. */
const FIRST_PENALTY = 10_000;
const LONGEST_PENALTY = 300_000;
/** Publishers remembered for their faults; the one longest unseen is forgotten. */
const MOST_REMEMBERED = 10_000;

/**
 * What one publisher (a token, else an address) may hold of the places that all share: few sessions that were asked for and never
 * sent a picture, and none for a while after video that had to be ended since it kept failing.
 */
export class PublisherQuota {
  readonly #options: Required<PublisherQuotaOptions>;
  readonly #pending = new Map<string, number>();
  readonly #faulty = new Map<string, { until: number; penalty: number }>();

  constructor(options: PublisherQuotaOptions) {
    this.#options = { now: () => performance.now(), ...options };
  }

  /** Counts a session as pending until the answer is called, which may be twice. @throws ProblemError 429 */
  admit(writer: string): () => void {
    const wait = (this.#faulty.get(writer)?.until ?? 0) - this.#options.now();
    if (wait > 0)
      throw tooMany(
        'faulty_video',
        wait,
        'the last session of this token or address was ended since its video kept failing; check the encoder, then try again',
      );
    const now = this.#pending.get(writer) ?? 0;
    if (now >= this.#options.pending) {
      throw tooMany(
        'too_many_pending',
        5000,
        'this token or address has as many sessions that sent no picture yet as it may have; connect those first, or raise limits.pending_sessions',
      );
    }
    this.#pending.set(writer, now + 1);
    let pending = true;
    return () => {
      if (!pending) return;
      pending = false;
      const left = (this.#pending.get(writer) ?? 1) - 1;
      if (left > 0) this.#pending.set(writer, left);
      else this.#pending.delete(writer);
    };
  }

  /** A session was ended for its faulty video. */
  faulty(writer: string): void {
    const now = this.#options.now();
    const before = this.#faulty.get(writer);
    const again = before !== undefined && now - before.until < LONGEST_PENALTY;
    const penalty = again ? Math.min(LONGEST_PENALTY, before.penalty * 2) : FIRST_PENALTY;
    this.#faulty.delete(writer);
    this.#faulty.set(writer, { until: now + penalty, penalty });
    if (this.#faulty.size > MOST_REMEMBERED) this.#faulty.delete(this.#faulty.keys().next().value ?? '');
  }
}

const tooMany = (code: string, wait: number, detail: string): ProblemError =>
  new ProblemError({
    status: 429,
    title: 'Too Many Requests',
    code,
    detail,
    retryAfter: Math.ceil(wait / 1000),
  });
