import type { MotionSample } from '../contract.js';
import type { SpotterOptions } from './options.js';

/** A face may be unmeasurable for this long before the window is withdrawn, s. */
const POOR_FOR = 0.2;

/** Finds where motion before and after can't be compared: missing frames, a new reference, a face too bad to measure. */
export class Gaps {
  readonly #options: SpotterOptions;
  #t = 0;
  #index = 0;
  #epoch = 0;
  #frameTime: number | undefined;
  #seen = false;
  #poorSince: number | undefined;
  #wasPoor = false;

  constructor(options: SpotterOptions) {
    this.#options = options;
  }

  /** True while the face can't be measured well enough. */
  get poor(): boolean {
    return this.#poorSince !== undefined;
  }

  /** Why the window must reset before this sample, or nothing. */
  check(sample: MotionSample): 'gap' | 'reference' | 'quality' | undefined {
    const seen = this.#seen;
    const dt = sample.t - this.#t;
    const missing = sample.index - this.#index - 1;
    const newEpoch = sample.epoch !== this.#epoch;
    this.#seen = true;
    this.#t = sample.t;
    this.#index = sample.index;
    this.#epoch = sample.epoch;
    const tired = this.#judgeQuality(sample);
    if (!seen) return undefined;
    const usual = this.#frameTime ?? dt;
    // The usual frame time follows slowly, and never learns from a gap.
    if (missing === 0 || this.#frameTime === undefined) this.#frameTime = usual + 0.1 * (Math.min(dt, 2 * usual) - usual);
    if (missing > this.#options.missingMax || missing < 0 || dt > Math.max(this.#options.gapMax, 3 * usual)) return 'gap';
    if (newEpoch) return 'reference';
    return tired ? 'quality' : undefined;
  }

  /** True once, when quality has been too low for long enough. */
  #judgeQuality(sample: MotionSample): boolean {
    if (sample.quality >= this.#options.qualityMin) {
      this.#poorSince = undefined;
      this.#wasPoor = false;
      return false;
    }
    this.#poorSince ??= sample.t;
    if (this.#wasPoor || sample.t - this.#poorSince < POOR_FOR) return false;
    this.#wasPoor = true;
    return true;
  }
}
