/** Follows a counter that wraps at `2^bits`, as RTP's sequence numbers (16) and timestamps (32) do. */
export class Unwrapper {
  readonly #size: number;
  #last: number | undefined;

  constructor(bits: 16 | 32) {
    this.#size = 2 ** bits;
  }

  /** The value counted on without wraps, taking the nearer way from the highest value before. */
  unwrap(value: number): number {
    if (this.#last === undefined) return (this.#last = value);
    const extended = this.#near(value, this.#last);
    if (extended > this.#last) this.#last = extended;
    return extended;
  }

  #near(value: number, last: number): number {
    const forward = (((value - last) % this.#size) + this.#size) % this.#size;
    return forward < this.#size / 2 ? last + forward : last + forward - this.#size;
  }
}
