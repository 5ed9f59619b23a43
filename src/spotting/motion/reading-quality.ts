import { MOTION_REGIONS, UNREADABLE } from '../contract.js';

/** Sigma of a region up to which it is read as well as could be wished, and from which on it says nothing, px. */
const WELL_READ = 0.4;
const HARDLY_READ = 1;
/** Share of the regions, well read, that makes a face as good as it gets: a mouth that talks is not the face's fault. */
const ENOUGH = 0.7;
/** Seconds over which it is low-passed: a blink changes nothing. */
const SECONDS = 0.3;

/** How well a face can be read, 0..1: how many of its regions, and how well each. What light, size and sharpness do to that is in sigma. */
export class ReadingQuality {
  #value: number | undefined;

  /** @param sigma of all components, px; @param dt seconds since the last frame */
  update(sigma: Float32Array, dt: number): number {
    let sum = 0;
    for (let r = 0; r < MOTION_REGIONS.length; r++) {
      const worst = Math.max(sigma[2 * r]!, sigma[2 * r + 1]!);
      if (worst < UNREADABLE) sum += Math.min(1, Math.max(0, (HARDLY_READ - worst) / (HARDLY_READ - WELL_READ)));
    }
    const now = Math.min(1, sum / (ENOUGH * MOTION_REGIONS.length));
    this.#value = this.#value === undefined ? now : this.#value + (1 - Math.exp(-Math.max(0, dt) / SECONDS)) * (now - this.#value);
    return this.#value;
  }
}
