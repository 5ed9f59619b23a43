/** Aborts its signal at a time that moves. */
export class Deadline {
  readonly #stop = new AbortController();
  readonly #at: (heard: number | undefined) => number;
  readonly #reason: (heard: boolean) => Error;
  #heard: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param at the time of `performance.now()`, given when {@link heard} was called; asked again whenever it is reached
   * @param reason of the abort
   */
  constructor(at: (heard: number | undefined) => number, reason: (heard: boolean) => Error) {
    this.#at = at;
    this.#reason = reason;
    this.#check();
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** What was waited for has come. */
  heard(): void {
    this.#heard = performance.now();
    this.#check();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #check(): void {
    clearTimeout(this.#timer);
    const left = this.#at(this.#heard) - performance.now();
    if (left === Infinity) return;
    if (left > 0)
      this.#timer = setTimeout(() => {
        this.#check();
      }, Math.ceil(left));
    else this.#stop.abort(this.#reason(this.#heard !== undefined));
  }
}
