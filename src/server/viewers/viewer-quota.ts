import { addressKey, type Identity } from '../../auth/mod.js';
import type { Config } from '../../config/mod.js';
import { ProblemError } from '../http/problem.js';
import type { RefusalReason } from '../http/refusals.js';

export type ViewerLimits = Pick<Config['limits'], 'viewers' | 'viewers_per_token' | 'viewers_per_address'>;

/**
 * Limits viewers in total, per token and per address. A slot is checked and taken in one synchronous step, so that concurrent requests
 * cannot exceed the limits.
 */
export class ViewerQuota {
  readonly #limits: ViewerLimits;
  readonly #onRefusal: (reason: RefusalReason) => void;
  #taken = 0;
  /** Slots taken per token and per address; without authentication, per address only. */
  readonly #held = new Map<string, number>();

  constructor(limits: ViewerLimits, onRefusal: (reason: RefusalReason) => void = () => undefined) {
    this.#limits = limits;
    this.#onRefusal = onRefusal;
  }

  /** Takes a slot. Returns a function that releases it. @throws ProblemError 503 `full`, 429 `too_many_viewers` */
  take({ id, anonymous }: Identity, address: string): () => void {
    const { viewers, viewers_per_token: perToken, viewers_per_address: perAddress } = this.#limits;
    const [token, client] = [`token ${id}`, `address ${addressKey(address)}`];
    if (this.#taken >= viewers) {
      this.#onRefusal('viewers');
      throw new ProblemError({
        status: 503,
        title: 'Service Unavailable',
        code: 'full',
        detail: 'too many viewers; try again later',
        retryAfter: 10,
      });
    }
    if (!anonymous && this.#of(token) >= perToken)
      throw this.#tooMany('viewers_per_token', 'too many viewers use this token; close one first');
    if (this.#of(client) >= perAddress)
      throw this.#tooMany(
        'viewers_per_address',
        'too many viewers from this address; close one first, or raise limits.viewers_per_address',
      );
    const holders = anonymous ? [client] : [token, client];
    this.#taken++;
    for (const holder of holders) this.#held.set(holder, this.#of(holder) + 1);
    let taken = true;
    return () => {
      if (!taken) return;
      taken = false;
      this.#taken--;
      for (const holder of holders) {
        const left = this.#of(holder) - 1;
        if (left > 0) this.#held.set(holder, left);
        else this.#held.delete(holder);
      }
    };
  }

  #of(holder: string): number {
    return this.#held.get(holder) ?? 0;
  }

  #tooMany(reason: 'viewers_per_token' | 'viewers_per_address', detail: string): ProblemError {
    this.#onRefusal(reason);
    return new ProblemError({ status: 429, title: 'Too Many Requests', code: 'too_many_viewers', detail, retryAfter: 10 });
  }
}
