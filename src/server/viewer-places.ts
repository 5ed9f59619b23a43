import type { Identity } from '../auth/mod.js';
import type { Config } from '../config/mod.js';
import { ProblemError } from './problem.js';

/**
 * Places for viewers, in all and by token. A place is taken in the moment in which it is found free, before anything is waited for:
 * of many who ask at once, no more than there are places get one.
 */
export class ViewerPlaces {
  readonly #limits: Pick<Config['limits'], 'viewers' | 'viewers_per_token'>;
  #taken = 0;
  /** Places of each identity; those who are asked for no token are not told apart. */
  readonly #byIdentity = new Map<string, number>();

  constructor(limits: Pick<Config['limits'], 'viewers' | 'viewers_per_token'>) { this.#limits = limits; }

  /** Takes a place until the answer is called, which may be called twice. @throws ProblemError 503 `full`, 429 `too_many_viewers` */
  take({ id, anonymous }: Identity): () => void {
    const { viewers, viewers_per_token: perToken = Infinity } = this.#limits;
    const own = this.#byIdentity.get(id) ?? 0;
    if (this.#taken >= viewers) throw new ProblemError({ status: 503, title: 'Service Unavailable', code: 'full', detail: 'too many viewers; try again later', retryAfter: 10 });
    if (!anonymous && own >= perToken) {
      throw new ProblemError({ status: 429, title: 'Too Many Requests', code: 'too_many_viewers', detail: 'too many viewers use this token; close one first', retryAfter: 10 });
    }
    this.#taken++;
    this.#byIdentity.set(id, own + 1);
    let taken = true;
    return () => {
      if (!taken) return;
      taken = false;
      this.#taken--;
      const left = (this.#byIdentity.get(id) ?? 1) - 1;
      if (left > 0) this.#byIdentity.set(id, left); else this.#byIdentity.delete(id);
    };
  }
}
