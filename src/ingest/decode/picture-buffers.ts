/** Buffers at rest, at most: more than wait for their analysis in one process, or the sizes are unusual. */
const MOST = 8;

/**
 * Memory of pictures, used again: a stream of 640×480 at 30 frames a second asks for 14 MB/s, which a collector frees late.
 * Only for pictures that stay in their thread, whose last reader gives them back.
 */
export class PictureBuffers {
  readonly #resting: Uint8Array<ArrayBuffer>[] = [];

  /** A buffer of just this size; what it holds is undefined. */
  take(size: number): Uint8Array<ArrayBuffer> {
    const at = this.#resting.findIndex(({ length }) => length === size);
    const [found] = at < 0 ? [] : this.#resting.splice(at, 1);
    return found ?? new Uint8Array(size);
  }

  /** Nobody may read `data` afterwards. */
  giveBack(data: Uint8Array<ArrayBuffer>): void {
    this.#resting.push(data);
    if (this.#resting.length > MOST) this.#resting.shift();
  }
}
