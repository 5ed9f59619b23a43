import { rank } from '../rank.js';

/** The last values of several channels, fed at an even pace whatever the frame rate, and their order statistics. */
export class Rolling {
  readonly #channels: number;
  readonly #capacity: number;
  readonly #values: Float32Array;
  readonly #scratch: Float32Array;
  #count = 0;

  constructor(channels: number, capacity: number) {
    this.#channels = channels;
    this.#capacity = Math.max(1, capacity);
    this.#values = new Float32Array(channels * this.#capacity);
    this.#scratch = new Float32Array(this.#capacity);
  }

  /** How many values each channel holds. */
  get length(): number {
    return Math.min(this.#count, this.#capacity);
  }

  clear(): void {
    this.#count = 0;
  }

  /** Adds one value to each channel. */
  push(read: (channel: number) => number): void {
    const slot = this.#count % this.#capacity;
    for (let c = 0; c < this.#channels; c++) this.#values[c * this.#capacity + slot] = read(c);
    this.#count++;
  }

  /** Makes every value of a channel the same. */
  fill(channel: number, value: number): void {
    this.#values.fill(value, channel * this.#capacity, (channel + 1) * this.#capacity);
  }

  /** Quantile `q` (0..1) of a channel; 0 when empty. */
  quantile(channel: number, q: number): number {
    const n = this.length;
    if (n === 0) return 0;
    const from = channel * this.#capacity;
    for (let k = 0; k < n; k++) this.#scratch[k] = this.#values[from + k]!;
    return rank(this.#scratch, n, Math.min(n - 1, Math.floor(q * n)));
  }
}
