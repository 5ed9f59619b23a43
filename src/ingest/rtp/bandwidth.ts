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
  /** Share of packets missing at first, before repeats, 0..1. */
  readonly loss: number;
  /** Bits per second that came. */
  readonly received: number;
  /** Milliseconds that packets wait in the network's queues above the least seen; 0 on a clean link. */
  readonly queueDelay: number;
  /** Milliseconds since the last update. */
  readonly elapsed: number;
}

/** A queue longer than this (ms) is the network filling up. */
const OVERUSE_DELAY = 150;

/**
 * Says how much the publisher may send, from loss and growing delay (in the spirit of RFC 8698 and of libwebrtc's loss-based controller):
 * down by 15 % while more than 5 % is lost or the queues grow, up by 5 % a second else.
 */
export class BandwidthEstimator {
  readonly #min: number;
  readonly #max: number;
  #estimate: number;

  constructor(options: BandwidthOptions = {}) {
    this.#max = options.max ?? 4_000_000;
    this.#min = Math.min(options.min ?? 150_000, this.#max);
    this.#estimate = Math.min(options.start ?? 2_500_000, this.#max);
  }

  /** Bits per second. */
  get estimate(): number { return this.#estimate; }

  update(sample: BandwidthSample): number {
    const congested = sample.loss > 0.05 || sample.queueDelay > OVERUSE_DELAY;
    const factor = congested
      // Falling from a height that was never used would take long, so it starts from what really came.
      ? 0.85 * (sample.received > 0 && sample.received * 1.5 < this.#estimate ? (sample.received * 1.5) / this.#estimate : 1)
      : 1.05 ** (Math.min(sample.elapsed, 2000) / 1000);
    this.#estimate = Math.min(this.#max, Math.max(this.#min, this.#estimate * factor));
    return this.#estimate;
  }
}
