import { digest, type Identity } from '../auth/mod.js';
import { ProblemError } from './problem.js';

/** Options of {@link HeldSessions}. */
export interface HeldSessionsOptions {
  /** Live sessions that one token may have. Default: any number. */
  readonly limit?: number | undefined;
  /** Sessions of a token at the other processes of an installation, by its key. Default: there are none. */
  readonly elsewhere?: ((key: string) => number) | undefined;
  /** A session more, or one less. */
  readonly onChange?: (() => void) | undefined;
}

/** Live sessions by the token that began them. Where nobody is asked for a token, none are counted. */
export class HeldSessions {
  readonly #options: HeldSessionsOptions;
  readonly #held = new Map<string, number>();

  constructor(options: HeldSessionsOptions = {}) { this.#options = options; }

  /** Sessions of this process, by the key of their token, as the other processes are told. */
  get counts(): Readonly<Record<string, number>> { return Object.fromEntries(this.#held); }

  /** Counts a session of the identity, until the answer is called. @throws ProblemError 429 where there are enough */
  hold({ id, anonymous }: Identity): () => void {
    if (anonymous) return () => undefined;
    const { limit = Infinity, elsewhere, onChange } = this.#options;
    // A subject may be somebody's address: the others need not read it to count.
    const key = digest(id).toString('base64url').slice(0, 16);
    const now = this.#held.get(key) ?? 0;
    if (now + (elsewhere?.(key) ?? 0) >= limit) {
      throw new ProblemError({
        status: 429, title: 'Too Many Requests', code: 'too_many_sessions', retryAfter: 10,
        detail: 'this token has as many live sessions as it may have; end one first, or raise limits.sessions_per_token',
      });
    }
    this.#held.set(key, now + 1);
    onChange?.();
    let holding = true;
    return () => {
      if (!holding) return;
      holding = false;
      const left = (this.#held.get(key) ?? 1) - 1;
      if (left > 0) this.#held.set(key, left); else this.#held.delete(key);
      onChange?.();
    };
  }
}
