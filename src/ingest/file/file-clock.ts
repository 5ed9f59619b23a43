/**
 * Media time of a file's frames: its own timestamps, from 0 and always growing; or, with `fps`, the index over the rate.
 *
 * Where a timestamp is missing or goes back (broken AVIs), the frame is put one nominal interval after the one before.
 */
export class FileClock {
  readonly #fps: number | undefined;
  readonly #interval: number;
  #first: number | undefined;
  #last = -1;

  /** `nominal`: the file's own frame rate, for frames without a usable timestamp. */
  constructor(options: { readonly fps?: number | undefined; readonly nominal?: number | undefined }) {
    this.#fps = options.fps;
    this.#interval = 1 / (options.nominal !== undefined && options.nominal > 0 ? options.nominal : 30);
  }

  /** Seconds; `timestamp` in the file's seconds, `index` counts from 0. */
  seconds(timestamp: number | undefined, index: number): number {
    if (this.#fps !== undefined) return index / this.#fps;
    if (timestamp !== undefined) this.#first ??= timestamp - Math.max(0, this.#last < 0 ? 0 : this.#last + this.#interval);
    const own = timestamp === undefined || this.#first === undefined ? -1 : timestamp - this.#first;
    const t = own > this.#last ? own : this.#last < 0 ? 0 : this.#last + this.#interval;
    this.#last = t;
    return t;
  }
}
