import { isIPv6 } from 'node:net';
import { plain } from './proxies.js';

export interface RateLimitOptions {
  /** Per second. */
  readonly rate: number;
  /** Burst size. Default: five seconds' worth, at least 1. */
  readonly burst?: number;
  /** Keys in memory; beyond, the least recent is dropped. Default 20 000. */
  readonly most?: number;
  /** Milliseconds; for tests. */
  readonly now?: () => number;
}

/** A token bucket per key. */
export class RateLimit {
  readonly #buckets = new Map<string, { level: number; at: number }>();
  readonly #rate: number;
  readonly #burst: number;
  readonly #most: number;
  readonly #now: () => number;

  constructor({ rate, burst = Math.max(1, rate * 5), most = 20_000, now = () => performance.now() }: RateLimitOptions) {
    this.#rate = rate;
    this.#burst = burst;
    this.#most = most;
    this.#now = now;
  }

  /** Takes one. Returns 0, or the milliseconds until the next one is available. */
  take(key: string): number {
    const wait = this.wait(key);
    const bucket = this.#bucket(key);
    if (wait === 0) bucket.level -= 1;
    this.#remember(key, bucket);
    return wait;
  }

  /** Milliseconds until one is available, without taking it. */
  wait(key: string): number {
    const { level } = this.#bucket(key);
    return level >= 1 ? 0 : Math.ceil(((1 - level) / this.#rate) * 1000);
  }

  #bucket(key: string): { level: number; at: number } {
    const now = this.#now();
    const known = this.#buckets.get(key);
    return known
      ? { level: Math.min(this.#burst, known.level + ((now - known.at) / 1000) * this.#rate), at: now }
      : { level: this.#burst, at: now };
  }

  #remember(key: string, bucket: { level: number; at: number }): void {
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > this.#most) this.#buckets.delete(this.#buckets.keys().next().value ?? '');
  }
}

/** The key that limits count by: an IPv4 address, or the /64 of an IPv6 address, which one household or machine has. */
export function addressKey(written: string): string {
  const address = plain(written);
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? [];
  const front = head.split(':').filter(Boolean);
  const back = tail === undefined ? [] : tail.split(':').filter(Boolean);
  const groups = tail === undefined ? front : [...front, ...Array.from({ length: 8 - front.length - back.length }, () => '0'), ...back];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}
