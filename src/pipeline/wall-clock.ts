import { quantileOfSorted } from '../common/quantile.js';

/** Frames that the estimate is made from: ten seconds or more, so that it follows clocks that drift. */
const REMEMBERED = 600;

/** Frames after which the estimate is renewed. */
const RENEW_AFTER = 15;

interface Estimate {
  /** Of media time from the epoch, ms. */
  readonly offset: number;
  readonly error: number;
}

/** Wall-clock time of a moment of media time. */
export interface WallTime {
  /** Milliseconds since the epoch, by the server's clock. */
  readonly at: number;
  /** Milliseconds within which 95 % of the latest frames arrived after their time. */
  readonly error_ms: number;
}

/**
 * Relates a live session's media time to the server's clock. A frame arrives late or very late, never early: so the least delay of the
 * latest
 * frames is taken for the time of all, and their spread is the error. What every frame needs from the lens to the server is not seen here.
 */
export class WallClock {
  /** Arrival minus media time, ms. */
  readonly #offsets: number[] = [];
  #next = 0;
  #latest: Estimate | undefined;
  /** Frames since the latest estimate. */
  #since = 0;

  /** @param t media seconds @param receivedAt ms since the epoch */
  observe(t: number, receivedAt: number): void {
    this.#offsets[this.#next] = receivedAt - t * 1000;
    this.#next = (this.#next + 1) % REMEMBERED;
    this.#since = this.#offsets.length < RENEW_AFTER ? RENEW_AFTER : this.#since + 1;
  }

  /** Undefined before the first frame. */
  at(t: number): WallTime | undefined {
    const estimate = this.#estimate();
    return estimate && { at: round(t * 1000 + estimate.offset), error_ms: round(estimate.error) };
  }

  /** Media seconds of a wall-clock time (ms since the epoch), which may lie before the first frame. Undefined before the first frame. */
  mediaTime(at: number): number | undefined {
    const estimate = this.#estimate();
    return estimate && (at - estimate.offset) / 1000;
  }

  /** From the frames so far; renewed after half a second of them. */
  #estimate(): Estimate | undefined {
    if (this.#latest && this.#since < RENEW_AFTER) return this.#latest;
    if (this.#offsets.length === 0) return undefined;
    const sorted = this.#offsets.toSorted((a, b) => a - b);
    const offset = sorted[0] ?? 0;
    this.#since = 0;
    return (this.#latest = { offset, error: quantileOfSorted(sorted, 0.95) - offset });
  }
}

const round = (ms: number): number => Math.round(ms * 10) / 10;
