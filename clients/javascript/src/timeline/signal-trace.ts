/** Motion and threshold of one face over time, the newest samples only. Times are media seconds, motion px of the reference crop. */
export class SignalTrace {
  readonly #size: number;
  readonly #t: Float64Array;
  readonly #motion: Float32Array;
  readonly #threshold: Float32Array;
  #written = 0;

  /** @param size samples kept; default 4096, more than a minute at 60 a second */
  constructor(size = 4096) {
    this.#size = size;
    this.#t = new Float64Array(size);
    this.#motion = new Float32Array(size);
    this.#threshold = new Float32Array(size);
  }

  get length(): number {
    return Math.min(this.#written, this.#size);
  }

  /** Media time of the newest sample; -Infinity without any. */
  get end(): number {
    return this.#written === 0 ? -Infinity : (this.#t[(this.#written - 1) % this.#size] ?? -Infinity);
  }

  /** Adds the samples of one `signal` event; those that are not newer than the last are left out. */
  push(t: readonly number[], motion: readonly number[], threshold: number): void {
    for (const [index, time] of t.entries()) {
      const value = motion[index];
      if (value === undefined || time <= this.end) continue;
      const at = this.#written % this.#size;
      this.#t[at] = time;
      this.#motion[at] = value;
      this.#threshold[at] = threshold;
      this.#written += 1;
    }
  }

  /** Calls `visit` for the samples from `since` on, oldest first. */
  forEachSince(since: number, visit: (t: number, motion: number, threshold: number) => void): void {
    const { length } = this;
    let low = 0;
    let high = length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#t[this.#place(middle)] ?? 0) < since) low = middle + 1;
      else high = middle;
    }
    for (let index = low; index < length; index += 1) {
      const at = this.#place(index);
      visit(this.#t[at] ?? 0, this.#motion[at] ?? 0, this.#threshold[at] ?? 0);
    }
  }

  #place(index: number): number {
    return (this.#written - this.length + index) % this.#size;
  }
}
