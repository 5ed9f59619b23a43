/** What is going to happen, soonest first: a binary heap by time, in two typed arrays that grow. */
export class Timeline {
  #times = new Float64Array(1024);
  #what = new Int32Array(1024);
  #size = 0;

  /** When the next thing happens; Infinity where nothing does. */
  get next(): number {
    return this.#size === 0 ? Infinity : (this.#times[0] ?? Infinity);
  }

  /** @param what a number that the caller knows the meaning of */
  add(at: number, what: number): void {
    if (this.#size === this.#times.length) this.#grow();
    let i = this.#size++;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (this.#time(parent) <= at) break;
      this.#put(i, this.#time(parent), this.#what[parent] ?? 0);
      i = parent;
    }
    this.#put(i, at, what);
  }

  /** Takes the next thing out. */
  take(): number {
    const what = this.#what[0] ?? 0;
    const last = --this.#size;
    const at = this.#time(last);
    const moved = this.#what[last] ?? 0;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= last) break;
      if (child + 1 < last && this.#time(child + 1) < this.#time(child)) child++;
      if (this.#time(child) >= at) break;
      this.#put(i, this.#time(child), this.#what[child] ?? 0);
      i = child;
    }
    this.#put(i, at, moved);
    return what;
  }

  #time(i: number): number {
    return this.#times[i] ?? Infinity;
  }

  #put(i: number, at: number, what: number): void {
    this.#times[i] = at;
    this.#what[i] = what;
  }

  #grow(): void {
    const times = new Float64Array(2 * this.#times.length);
    times.set(this.#times);
    this.#times = times;
    const what = new Int32Array(times.length);
    what.set(this.#what);
    this.#what = what;
  }
}
