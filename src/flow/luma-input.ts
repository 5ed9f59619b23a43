import type { Luma } from './contract.js';
import { INPUT_PIXELS, type CropLuma } from './flow-messages.js';

/** The network's two inputs for a batch: 224*224 values of 0..1 a pair, one pair after the other. */
export interface LumaInputs {
  readonly onset: Float32Array<ArrayBuffer>;
  readonly apex: Float32Array<ArrayBuffer>;
}

/** Inputs for batches of a padded size, kept so that a run allocates none. */
export class InputBuffers {
  readonly #buffers = new Map<number, LumaInputs>();

  /** Fills the inputs of `size` with the pairs, padded by repeating the last. They are overwritten by the next call with that size. */
  fill(pairs: readonly CropLuma[], size: number): LumaInputs {
    if (pairs.length < 1 || pairs.length > size)
      throw new RangeError(`${String(pairs.length)} pairs do not fit a batch of ${String(size)}`);
    const input = this.#buffers.get(size) ?? { onset: new Float32Array(size * INPUT_PIXELS), apex: new Float32Array(size * INPUT_PIXELS) };
    this.#buffers.set(size, input);
    for (let i = 0; i < size; i++) {
      const pair = pairs[Math.min(i, pairs.length - 1)];
      if (!pair) continue;
      fill(input.onset, i * INPUT_PIXELS, pair.onset);
      fill(input.apex, i * INPUT_PIXELS, pair.apex);
    }
    return input;
  }
}

function fill(to: Float32Array, at: number, luma: Luma): void {
  for (let i = 0; i < INPUT_PIXELS; i++) to[at + i] = luma[i]! / 255;
}

/** Whether all values are numbers. Sums keep NaN and infinity, and are quicker than looking at each number. */
export function finite(values: Float32Array): boolean {
  let sum = 0;
  for (const value of values) sum += value * 0;
  return sum === 0;
}
