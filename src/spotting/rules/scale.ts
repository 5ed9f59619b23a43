import type { MotionSample } from '../contract.js';
import { COMPONENTS, type History } from './history.js';
import type { SpotterOptions } from './options.js';
import { Rolling } from './rolling.js';

/** Rest and noise are looked at this often, whatever the frame rate, s. */
const PACE = 0.05;
/** Gaussian: median of |x| and 90th percentile of |x| over the standard deviation. */
const MEDIAN_OVER_SIGMA = 0.6745;
/** Fewer values than this say nothing of a person's noise yet. */
const ENOUGH = 20;

/**
 * What is rest and what is noise, for each component of one person's motion: the rolling median is rest (slow drift goes with it),
 * robust statistics of what remains give the threshold.
 */
export class Scale {
  /** Rest position of each component, px. */
  readonly rest = new Float32Array(COMPONENTS);
  /** Threshold of each component, px, without head motion or warm-up. */
  readonly threshold = new Float32Array(COMPONENTS);
  readonly #options: SpotterOptions;
  readonly #recent: Rolling;
  readonly #spread: Rolling;
  readonly #sigma = new Float32Array(COMPONENTS);
  readonly #own = new Float32Array(COMPONENTS);
  #next = Number.NEGATIVE_INFINITY;
  #ticks = 0;

  constructor(options: SpotterOptions) {
    this.#options = options;
    this.#recent = new Rolling(COMPONENTS, Math.round(options.restSpan / PACE));
    this.#spread = new Rolling(COMPONENTS, Math.round(options.noiseSpan / PACE));
  }

  /** Seconds of rest seen since the last {@link reset}. */
  get restSeen(): number {
    return this.#recent.length * PACE;
  }

  /** The rest position is another one now; a person's noise stays what it was. */
  reset(): void {
    this.#recent.clear();
    this.#next = Number.NEGATIVE_INFINITY;
  }

  /** Where a region stands now is its rest from now on; the others keep theirs. */
  adopt(history: History, region: number): void {
    for (const c of [2 * region, 2 * region + 1]) {
      const value = history.value(history.last, c);
      this.#recent.fill(c, value);
      this.rest[c] = value;
    }
  }

  /** Takes the newest sample in. While `held`, rest and noise stay as they are: something is going on. */
  update(history: History, sample: MotionSample, held: boolean): void {
    for (let c = 0; c < COMPONENTS; c++) {
      const sigma = sample.sigma[c]!;
      this.#sigma[c]! += 0.2 * ((Number.isFinite(sigma) ? Math.max(0, sigma) : 0) - this.#sigma[c]!);
    }
    if (!held && sample.t >= this.#next) {
      this.#next = sample.t + PACE * 0.999;
      const serial = history.last;
      this.#recent.push((c) => history.value(serial, c));
      for (let c = 0; c < COMPONENTS; c++) this.rest[c] = this.#recent.quantile(c, 0.5);
      if (this.restSeen >= this.#options.settle) {
        this.#spread.push((c) => Math.abs(history.value(serial, c) - this.rest[c]!));
        if (this.#ticks++ % 5 === 0) this.#measureNoise();
      }
    }
    const { floor, sigmaFactor, caution } = this.#options;
    for (let c = 0; c < COMPONENTS; c++) {
      this.threshold[c] = caution * Math.max(floor, sigmaFactor * this.#sigma[c]!, this.#own[c]!);
    }
  }

  #measureNoise(): void {
    if (this.#spread.length < ENOUGH) return;
    for (let c = 0; c < COMPONENTS; c++) {
      const noise = this.#spread.quantile(c, 0.5) / MEDIAN_OVER_SIGMA;
      const activity = this.#spread.quantile(c, 0.9);
      this.#own[c] = Math.max(this.#options.noiseFactor * noise, this.#options.activityFactor * activity);
    }
  }
}
