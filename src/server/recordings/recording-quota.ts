import type { Config } from '../../config/mod.js';
import { ProblemError } from '../http/problem.js';
import { diskFull } from './upload.js';

/** Whom a recording is counted against. */
export interface RecordingOwner {
  /** Key of the token; undefined where nobody is asked for one. */
  readonly token: string | undefined;
  /** Key of the address. */
  readonly address: string;
}

export type RecordingLimits = Pick<Config['recordings'], 'quota_bytes' | 'waiting' | 'per_token' | 'per_address'>;

/** Bounds what recordings that are not analysed yet may hold: in all, of one token, of one address, and on the disk. */
export class RecordingQuota {
  readonly #limits: RecordingLimits;
  readonly #held = new Map<string, number>();
  #count = 0;
  #bytes = 0;

  constructor(limits: RecordingLimits) {
    this.#limits = limits;
  }

  /** Bytes promised. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Counts a recording until the answer is called, which may be twice. @throws ProblemError 429, 503 or 507 */
  admit({ token, address }: RecordingOwner, size: number): () => void {
    const { quota_bytes: quota, waiting, per_token: perToken, per_address: perAddress } = this.#limits;
    const keys = [`address ${address}`, ...(token === undefined ? [] : [`token ${token}`])];
    const most = [perAddress, perToken];
    if (keys.some((key, i) => (this.#held.get(key) ?? 0) >= (most[i] ?? 0))) {
      throw new ProblemError({
        status: 429,
        title: 'Too Many Requests',
        code: 'too_many_recordings',
        retryAfter: 10,
        detail:
          'this token or address reached its limit of recordings; wait for one to be analysed, or raise recordings.per_token and recordings.per_address',
      });
    }
    if (this.#count >= waiting) {
      throw new ProblemError({
        status: 503,
        title: 'Service Unavailable',
        code: 'recordings_full',
        retryAfter: 30,
        detail: 'too many recordings are queued; try again later, or raise recordings.waiting',
      });
    }
    if (this.#bytes + size > quota) throw diskFull();
    this.#count++;
    this.#bytes += size;
    for (const key of keys) this.#held.set(key, (this.#held.get(key) ?? 0) + 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#count--;
      this.#bytes -= size;
      for (const key of keys) {
        const left = (this.#held.get(key) ?? 1) - 1;
        if (left > 0) this.#held.set(key, left);
        else this.#held.delete(key);
      }
    };
  }
}
