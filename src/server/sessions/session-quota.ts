import { digest, type Identity } from '../../auth/mod.js';
import { ProblemError } from '../http/problem.js';

export interface SessionQuotaOptions {
  /** Live sessions per token. Default: unlimited. */
  readonly limit?: number | undefined;
  /** Live sessions of a token at other processes, by its key. Default: none. */
  readonly elsewhere?: ((key: string) => number) | undefined;
  /** Called when the number of sessions changed. */
  readonly onChange?: (() => void) | undefined;
}

/**
 * The key by which the sessions of a token are counted: a digest, since the subject may be an e-mail address that other processes need
 * not see. `undefined` without authentication.
 */
export function holderOf({ id, anonymous }: Identity): string | undefined {
  return anonymous ? undefined : digest(id).toString('base64url').slice(0, 16);
}

/** Limits live sessions per token. Without authentication nothing is counted. */
export class SessionQuota {
  readonly #options: SessionQuotaOptions;
  readonly #held = new Map<string, number>();

  constructor(options: SessionQuotaOptions = {}) {
    this.#options = options;
  }

  /** Sessions of this process by the key of their token, as published to other processes. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#held);
  }

  /**
   * Counts a session of a token by its {@link holderOf key}. Returns a function that releases it. @throws ProblemError 429 beyond the limit
   */
  hold(key: string | undefined): () => void {
    if (key === undefined) return () => undefined;
    const { limit = Infinity, elsewhere, onChange } = this.#options;
    const now = this.#held.get(key) ?? 0;
    if (now + (elsewhere?.(key) ?? 0) >= limit) {
      throw new ProblemError({
        status: 429,
        title: 'Too Many Requests',
        code: 'too_many_sessions',
        retryAfter: 10,
        detail: 'too many live sessions of this token; end one first, or raise limits.sessions_per_token',
      });
    }
    this.#held.set(key, now + 1);
    onChange?.();
    let holding = true;
    return () => {
      if (!holding) return;
      holding = false;
      const left = (this.#held.get(key) ?? 1) - 1;
      if (left > 0) this.#held.set(key, left);
      else this.#held.delete(key);
      onChange?.();
    };
  }
}
