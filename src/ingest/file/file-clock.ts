/** Seconds between two frames that no recording at a camera's pace has: beyond it the timestamp is compared with the next one. */
const JUMP = 10;

/** What was wrong with a file's timestamps. */
export interface ClockFaults {
  /** Frames whose timestamp was far off, or behind that of the frame before: placed between their neighbours. */
  readonly strayTimestamps: number;
  /** Places where the time itself goes back, or more than 10 s on: a pause, or recordings that were joined. */
  readonly timestampJumps: number;
}

/**
 * Media time of a file's frames: its own timestamps, from 0 and always growing; or, with `fps`, the index over the rate.
 *
 * A timestamp alone can't say whether it is wrong or the recording was paused; the next frame's can. So a frame's time is asked for
 * together with the next frame's timestamp: one that is off while the next is not is a stray, and the frame goes between its neighbours;
 * where the next agrees with it, a jump ahead is taken as a pause, and after a jump back the time goes on from where it was.
 */
export class FileClock {
  readonly #fps: number | undefined;
  readonly #interval: number;
  /** The file's time at which media time was 0. */
  #base: number | undefined;
  #last = -1;
  #strays = 0;
  #jumps = 0;

  /** `nominal`: the file's own frame rate, for frames without a usable timestamp. */
  constructor(options: { readonly fps?: number | undefined; readonly nominal?: number | undefined }) {
    this.#fps = options.fps;
    this.#interval = 1 / (options.nominal !== undefined && options.nominal > 0 ? options.nominal : 30);
  }

  get faults(): ClockFaults {
    return { strayTimestamps: this.#strays, timestampJumps: this.#jumps };
  }

  /** Seconds; `timestamp` in the file's seconds, `index` counts from 0, `next`: the timestamp of the frame after, where there is one. */
  seconds(timestamp: number | undefined, index: number, next?: number): number {
    if (this.#fps !== undefined) return index / this.#fps;
    const t = Math.max(0, this.#own(timestamp, next));
    this.#last = t;
    return t;
  }

  #own(timestamp: number | undefined, next: number | undefined): number {
    const expected = this.#last < 0 ? 0 : this.#last + this.#interval;
    if (timestamp === undefined) return expected;
    if (this.#base === undefined) return this.#first(timestamp, next, expected);
    const own = timestamp - this.#base;
    if (own > this.#last && own - this.#last <= JUMP) return own;
    const after = next === undefined ? undefined : next - this.#base;
    if (after !== undefined && after > this.#last && after - this.#last <= JUMP) {
      this.#strays++;
      return Math.min(expected, (this.#last + after) / 2);
    }
    if (own > this.#last) {
      // At the very end nothing tells a pause from a stray; a last frame an hour late is worth less than a right duration.
      if (after === undefined) {
        this.#strays++;
        return expected;
      }
      this.#jumps++;
      return own;
    }
    if (after !== undefined && after <= own) {
      this.#strays++;
      return expected;
    }
    this.#jumps++;
    this.#base = timestamp - expected;
    return expected;
  }

  #first(timestamp: number, next: number | undefined, expected: number): number {
    const isStray = next !== undefined && (next <= timestamp || next - timestamp > JUMP);
    if (isStray) this.#strays++;
    this.#base = (isStray ? next - this.#interval : timestamp) - expected;
    return expected;
  }
}
