/** Numbers in [0, 1) from a seed (mulberry32). */
export function uniformFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
  };
}

/** A table of unit Gaussian numbers, read from random places: fast enough for every pixel of every frame. */
export class NoiseTable {
  #uniform;
  #table;

  /** @param {number} seed */
  constructor(seed) {
    this.#uniform = uniformFrom(seed);
    // A prime length, so that rows of a frame never line up with the table.
    this.#table = Float32Array.from(
      { length: 1_048_583 },
      () => Math.sqrt(-2 * Math.log(1 - this.#uniform())) * Math.cos(2 * Math.PI * this.#uniform()),
    );
  }

  /** Adds noise to float values and rounds them to bytes. */
  addTo(values, sigma, out) {
    const table = this.#table;
    let k = Math.floor(this.#uniform() * table.length);
    for (let i = 0; i < values.length; i++) {
      const value = values[i] + sigma * table[k];
      out[i] = value < 0 ? 0 : value > 255 ? 255 : value + 0.5;
      if (++k === table.length) k = 0;
    }
  }
}
