import { signal } from '@preact/signals';
import type { Answers } from '../../../clients/javascript/src/index.js';
import { mellm } from '../net/mellm.js';

type Series = Answers['series'];
const CURVES = 'score,threshold,motion';
/** Points of the whole session, and of a closer look. */
const OVERVIEW_POINTS = 4000;
const DETAIL_POINTS = 2000;
/** Milliseconds of rest before a closer look is asked for. */
const REST_MS = 150;

/** The curves of a session: coarse over all of it, and fine where it is looked at. */
export class ReviewCurves {
  readonly overview = signal<Series | undefined>(undefined);
  readonly #detail = signal<Series | undefined>(undefined);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking: AbortController | undefined;

  constructor(readonly session: string) {}

  async load(): Promise<void> {
    this.overview.value = await mellm.series(this.session, { points: OVERVIEW_POINTS, curves: CURVES });
  }

  /** The finest curves that are here for a span. */
  at(from: number, to: number): Series | undefined {
    const fine = this.#detail.value;
    return fine && fine.from <= from + 0.05 && fine.to >= to - 0.05 && to - from > (fine.to - fine.from) / 8 ? fine : this.overview.value;
  }

  /** Asks for finer curves once a span has been looked at for a moment. */
  look(from: number, to: number, duration: number): void {
    clearTimeout(this.#timer);
    if (to - from > duration / 2) return;
    this.#timer = setTimeout(() => {
      this.#asking?.abort();
      this.#asking = new AbortController();
      const margin = (to - from) / 2;
      void mellm
        .series(
          this.session,
          { from: Math.max(0, from - margin), to: to + margin, points: DETAIL_POINTS, curves: CURVES },
          this.#asking.signal,
        )
        .then((detail) => {
          // What lies beyond the last frame has no curves: the end that was asked for counts.
          this.#detail.value = { ...detail, to: to + margin };
        })
        .catch(() => undefined);
    }, REST_MS);
  }

  /** What changes when curves arrive. */
  get version(): unknown {
    return [this.overview.value, this.#detail.value];
  }
}
