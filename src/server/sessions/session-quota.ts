import { digest, type Identity } from '../../auth/mod.js';
import { ProblemError } from '../http/problem.js';

/** Options of {@link SessionQuota}. */
export interface SessionQuotaOptions {
  /** Live sessions that one token may have. Default: any number. */
  readonly limit?: number | undefined;
  /** Sessions of a token at the other processes of an installation, by its key. Default: there are none. */
  readonly elsewhere?: ((key: string) => number) | undefined;
  /** A session more, or one less. */
  readonly onChange?: (() => void) | undefined;
}

/**
 * The key of a token by which its sessions are counted: a subject may be somebody's address, and the other processes need not read
 * it to count. `undefined` where nobody is asked for a token.
 */
export function holderOf({ id, anonymous }: Identity): string | undefined {
  return anonymous ? undefined : digest(id).toString('base64url').slice(0, 16);
}

/** Live sessions by the token that began them. Where nobody is asked for a token, none are counted. */
export class SessionQuota {
  readonly #options: SessionQuotaOptions;
  readonly #held = new Map<string, number>();

  constructor(options: SessionQuotaOptions = {}) {
    this.#options = options;
  }

  /** Sessions of this process, by the key of their token, as the other processes are told. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#held);
  }

  /** Counts a session of a token, by its {@link holderOf key}, until the answer is called. @throws ProblemError 429 where there are enough */
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
      if (left > 0) this.#held.set(key, left);
      else this.#held.delete(key);
      onChange?.();
    };
  }
}
