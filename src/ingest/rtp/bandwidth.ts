/** Bounds of the estimate, bits per second. */
export interface BandwidthOptions {
  /** Default 2 500 000: a browser's own limit for one 640x480 or 1280x720 stream. */
  readonly start?: number;
  /** Default 4 000 000. */
  readonly max?: number;
  /** Default 150 000. */
  readonly min?: number;
}

/** What was seen since the last update. */
export interface BandwidthSample {
  /** Packets missing at first, before repeats. */
  readonly missing: number;
  /** Packets that came. */
  readonly came: number;
  /** Bits per second that came. */
  readonly received: number;
  /** Milliseconds that packets wait in the network's queues above the least seen; 0 on a clean link. */
  readonly queueDelay: number;
  /** Milliseconds since the last update. */
  readonly elapsed: number;
}

/** Loss is judged over this many updates; at half a second each, one lost packet of a few is no congestion. */
const LOSS_WINDOW = 4;
/** A queue longer than this (ms) is the network filling up. */
const OVERUSE_DELAY = 150;

/**
 * Says how much the publisher may send, from loss and growing delay (in the spirit of RFC 8698 and of libwebrtc's loss-based controller):
 * down by 15 % a second while more than 5 % is lost, or to 85 % of what comes while queues grow; up by 5 % a second else,
 * by 30 % while well below what went through before.
 */
export class BandwidthEstimator {
  readonly #min: number;
  readonly #max: number;
  readonly #recent: { readonly missing: number; readonly came: number }[] = [];
  #estimate: number;
  /** Where it last became too much. */
  #ceiling: number;
  #inCongestion = false;

  constructor(options: BandwidthOptions = {}) {
    this.#max = options.max ?? 4_000_000;
    this.#min = Math.min(options.min ?? 150_000, this.#max);
    this.#estimate = Math.min(options.start ?? 2_500_000, this.#max);
    this.#ceiling = this.#estimate;
  }

  /** Bits per second. */
  get estimate(): number {
    return this.#estimate;
  }

  update({ missing, came, received, queueDelay, elapsed }: BandwidthSample): number {
    this.#recent.push({ missing, came });
    if (this.#recent.length > LOSS_WINDOW) this.#recent.shift();
    const seconds = Math.min(elapsed, 1000) / 1000;
    if (queueDelay > OVERUSE_DELAY) {
      // The path takes what comes out of it; but one measurement alone is not believed further than by half.
      const through = Math.min(this.#estimate, Math.max(received, this.#estimate / 2));
      this.#congested();
      this.#set(through * 0.85 ** seconds);
    } else if (this.#loss > 0.05) {
      this.#congested();
      this.#set(this.#estimate * 0.85 ** seconds);
    } else {
      this.#inCongestion = false;
      // Far below what was fine before, there is no need to feel one's way.
      this.#set(this.#estimate * (this.#estimate < 0.7 * this.#ceiling ? 1.3 : 1.05) ** seconds);
    }
    return this.#estimate;
  }

  get #loss(): number {
    const missing = this.#recent.reduce((sum, sample) => sum + sample.missing, 0);
    const came = this.#recent.reduce((sum, sample) => sum + sample.came, 0);
    return missing < 3 ? 0 : missing / (missing + came);
  }

  /** The height at which an episode began is remembered, not those on the way down. */
  #congested(): void {
    if (!this.#inCongestion) this.#ceiling = this.#estimate;
    this.#inCongestion = true;
  }

  #set(estimate: number): void {
    this.#estimate = Math.min(this.#max, Math.max(this.#min, estimate));
  }
}
