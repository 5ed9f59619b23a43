import { MOTION_REGIONS, type MotionRegion } from '../contract.js';
import type { Activity } from './activity.js';
import { COMPONENTS, type History } from './history.js';
import type { Trace } from './crossings.js';

const REGIONS = MOTION_REGIONS.length;

/**
 * Which regions an expression moves, and which way: the pattern onto which motion is projected, so that rise and fall are read
 * from one signed trace whose noise averages out.
 *
 * Regions that join in later (the other brow, say) join the pattern with their own peak.
 */
export class Pattern {
  /** Displacement of each component at its region's peak, px; 0 where the region stays below threshold. */
  readonly peak = new Float32Array(COMPONENTS);
  /** Highest ratio of each region to its threshold. */
  readonly ratio = new Float32Array(REGIONS);
  /** Rest position that displacements are measured from, px. */
  readonly rest: Float32Array;
  readonly #weights = new Float32Array(COMPONENTS);
  #norm = 1;

  /** Freezes rest and thresholds as they are before the motion. */
  constructor(rest: Float32Array, threshold: Float32Array) {
    this.rest = rest.slice();
    for (let c = 0; c < COMPONENTS; c++) this.#weights[c] = 1 / (threshold[c]! * threshold[c]!);
  }

  /** Takes a sample's regions in where they are above threshold and higher than before; true when something changed. */
  learn(activity: Activity): boolean {
    let changed = false;
    for (let r = 0; r < REGIONS; r++) {
      const ratio = activity.ratio[r]!;
      if (ratio < 1 || ratio <= this.ratio[r]! * 1.02) continue;
      changed = true;
      this.ratio[r] = ratio;
      this.peak[2 * r] = activity.shift[2 * r]!;
      this.peak[2 * r + 1] = activity.shift[2 * r + 1]!;
    }
    if (changed) {
      this.#norm = 0;
      for (let c = 0; c < COMPONENTS; c++) this.#norm += this.#weights[c]! * this.peak[c]! ** 2;
    }
    return changed;
  }

  /** Motion of a sample along the pattern; 1 when all regions stand at their peaks. */
  along(history: History, serial: number): number {
    let sum = 0;
    for (let c = 0; c < COMPONENTS; c++) {
      if (this.peak[c] !== 0) sum += this.#weights[c]! * this.peak[c]! * (history.value(serial, c) - this.rest[c]!);
    }
    return sum / this.#norm;
  }

  /** Change of a sample against the one before, along the pattern, not low-passed. */
  jump(history: History, serial: number): number {
    let sum = 0;
    for (let c = 0; c < COMPONENTS; c++) {
      if (this.peak[c] !== 0) sum += this.#weights[c]! * this.peak[c]! * history.jump(serial, c);
    }
    return sum / this.#norm;
  }

  /** {@link along} as a fraction of `height`. */
  trace(history: History, height: number): Trace {
    return (serial) => this.along(history, serial) / height;
  }

  /** Cosine between this pattern and another, −1..1, in units of this one's thresholds. */
  cosine(other: Pattern): number {
    let dot = 0,
      a = 0,
      b = 0;
    for (let c = 0; c < COMPONENTS; c++) {
      const w = this.#weights[c]!;
      dot += w * this.peak[c]! * other.peak[c]!;
      a += w * this.peak[c]! ** 2;
      b += w * other.peak[c]! ** 2;
    }
    return a > 0 && b > 0 ? dot / Math.sqrt(a * b) : 0;
  }

  /** Largest displacement, px. */
  get length(): number {
    let length = 0;
    for (let r = 0; r < REGIONS; r++) length = Math.max(length, Math.hypot(this.peak[2 * r]!, this.peak[2 * r + 1]!));
    return length;
  }

  /** Highest ratio to a threshold. */
  get top(): number {
    return this.ratio.reduce((a, b) => Math.max(a, b), 0);
  }

  /** Regions above threshold, strongest (in thresholds) first. */
  get regions(): readonly MotionRegion[] {
    return MOTION_REGIONS.map((region, r) => ({ region, ratio: this.ratio[r]! }))
      .filter(({ ratio }) => ratio >= 1)
      .sort((a, b) => b.ratio - a.ratio)
      .map(({ region }) => region);
  }
}
