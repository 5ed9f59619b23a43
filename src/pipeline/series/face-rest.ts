import { quantileOfSorted } from '../../common/quantile.js';

/** Seconds of a face that its rest is the median of. */
const WINDOW_S = 30;
/** Seconds between two samples that are remembered, and between two computations. */
const STEP_S = 0.2;
const RENEW_S = 1;

/**
 * The values of a face at rest: the median of its last 30 seconds within one epoch, by what is known so far. Causal, so that a recording
 * and a live session give the same. Whatever is held for longer than half of that becomes the rest.
 */
export class FaceRest {
  readonly #samples: { readonly t: number; readonly values: Float32Array }[] = [];
  #epoch = Number.NaN;
  #renewed = -Infinity;
  #rest: Float32Array | undefined;

  /** Takes the next frame's values (NaN where unread) and returns those at rest. */
  see(t: number, epoch: number, values: Float32Array): Float32Array {
    if (epoch !== this.#epoch) {
      this.#epoch = epoch;
      this.#samples.length = 0;
      this.#renewed = -Infinity;
      this.#rest = undefined;
    }
    const last = this.#samples.at(-1);
    if (last === undefined || t - last.t >= STEP_S - 1e-6) {
      this.#samples.push({ t, values: values.slice() });
      while (t - this.#samples[0]!.t > WINDOW_S) this.#samples.shift();
    }
    if (this.#rest === undefined || t - this.#renewed >= RENEW_S) {
      this.#renewed = t;
      this.#rest = values.map((_, i) => this.#median(i));
    }
    return this.#rest;
  }

  #median(column: number): number {
    const read = Float64Array.from(this.#samples, ({ values }) => values[column]!).filter(Number.isFinite);
    return read.length === 0 ? Number.NaN : quantileOfSorted(read.sort(), 0.5);
  }
}
