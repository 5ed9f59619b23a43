import { ProblemError } from '../http/problem.js';

export interface PublisherQuotaOptions {
  /** Sessions per publisher that have sent no picture yet. */
  readonly pending: number;
  /** Milliseconds; for tests. */
  readonly now?: () => number;
}

/** Milliseconds for which a publisher is refused after a session with faulty video; doubled each time up to the maximum. */
const FIRST_PENALTY = 10_000;
const LONGEST_PENALTY = 300_000;
/** Publishers with faults that are remembered; the least recent is dropped. */
const MAX_REMEMBERED = 10_000;

/**
 * Limits what one publisher (a token, else an address) takes of the shared capacity: few sessions that have not sent a picture yet, and
 * none for a while after a session was ended because its video kept failing.
 */
export class PublisherQuota {
  readonly #options: Required<PublisherQuotaOptions>;
  readonly #pending = new Map<string, number>();
  readonly #faulty = new Map<string, { until: number; penalty: number }>();

  constructor(options: PublisherQuotaOptions) {
    this.#options = { now: () => performance.now(), ...options };
  }

  /** Counts a session as pending. Returns a function that releases it. @throws ProblemError 429 */
  admit(writer: string): () => void {
    const wait = (this.#faulty.get(writer)?.until ?? 0) - this.#options.now();
    if (wait > 0)
      throw tooMany(
        'faulty_video',
        wait,
        'the last session of this token or address was ended because its video kept failing; check the encoder and try again',
      );
    const now = this.#pending.get(writer) ?? 0;
    if (now >= this.#options.pending) {
      throw tooMany(
        'too_many_pending',
        5000,
        'too many sessions of this token or address have sent no video yet; connect those first, or raise limits.pending_sessions',
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

  /** Records that a session was ended because of faulty video. */
  faulty(writer: string): void {
    const now = this.#options.now();
    const before = this.#faulty.get(writer);
    const again = before !== undefined && now - before.until < LONGEST_PENALTY;
    const penalty = again ? Math.min(LONGEST_PENALTY, before.penalty * 2) : FIRST_PENALTY;
    this.#faulty.delete(writer);
    this.#faulty.set(writer, { until: now + penalty, penalty });
    if (this.#faulty.size > MAX_REMEMBERED) this.#faulty.delete(this.#faulty.keys().next().value ?? '');
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
