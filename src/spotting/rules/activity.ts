import { MOTION_REGIONS, type MotionRegion } from '../contract.js';
import { COMPONENTS, type History } from './history.js';
import type { Scale } from './scale.js';

const REGIONS = MOTION_REGIONS.length;

/** What one sample shows, region by region, in units of the thresholds. */
export class Activity {
  /** Displacement from rest, px. */
  readonly shift = new Float32Array(COMPONENTS);
  /** Displacement of each region over its threshold. */
  readonly ratio = new Float32Array(REGIONS);
  /** Largest of {@link ratio}. */
  top = 0;
  /** Root of the summed squares of the ratios that stand out: grows while the expression rises. */
  energy = 0;
  /** A typical threshold, px: what the timeline shows. */
  threshold = 0;

  /**
   * Reads the newest sample. `factor` multiplies all thresholds; `ignored` regions read 0.
   * `rest` is the frozen position of an open window, or the scale's own.
   */
  read(history: History, scale: Scale, rest: Float32Array, factor: number, ignored: ReadonlySet<number>): void {
    const serial = history.last;
    let top = 0,
      sum = 0,
      thresholds = 0;
    for (let r = 0; r < REGIONS; r++) {
      const u = history.value(serial, 2 * r) - rest[2 * r]!,
        v = history.value(serial, 2 * r + 1) - rest[2 * r + 1]!;
      const tu = scale.threshold[2 * r]!,
        tv = scale.threshold[2 * r + 1]!;
      this.shift[2 * r] = u;
      this.shift[2 * r + 1] = v;
      thresholds += Math.log(tu) + Math.log(tv);
      const ratio = ignored.has(r) ? 0 : Math.hypot(u / tu, v / tv) / factor;
      this.ratio[r] = ratio;
      top = Math.max(top, ratio);
      // Below half the threshold it is noise; between, it fades in.
      if (ratio > 0.5) sum += ratio * ratio * Math.min(1, 2 * (ratio - 0.5));
    }
    this.top = top;
    this.energy = Math.sqrt(sum);
    this.threshold = Math.exp(thresholds / COMPONENTS) * factor;
  }

  /** How much of all motion is one common shift, 0..1: a moving head that registration missed gives near 1. */
  get alike(): number {
    let u = 0,
      v = 0,
      total = 0;
    for (let r = 0; r < REGIONS; r++) {
      u += this.shift[2 * r]!;
      v += this.shift[2 * r + 1]!;
      total += this.shift[2 * r]! ** 2 + this.shift[2 * r + 1]! ** 2;
    }
    return total > 0 ? (u * u + v * v) / (REGIONS * total) : 0;
  }

  /** Length of a region's displacement, px. */
  length(region: number): number {
    return Math.hypot(this.shift[2 * region]!, this.shift[2 * region + 1]!);
  }
}

const REGION_INDEX: Readonly<Record<MotionRegion, number>> = Object.fromEntries(
  MOTION_REGIONS.map((region, index) => [region, index]),
) as Record<MotionRegion, number>;

/** Lids move with every blink. */
export const LIDS: ReadonlySet<number> = new Set([REGION_INDEX.eyelid_left, REGION_INDEX.eyelid_right]);

/** Brows and cheeks move a little with every blink. */
export const NEAR_EYES: ReadonlySet<number> = new Set([
  REGION_INDEX.brow_outer_left,
  REGION_INDEX.brow_inner_left,
  REGION_INDEX.brow_inner_right,
  REGION_INDEX.brow_outer_right,
  REGION_INDEX.cheek_left,
  REGION_INDEX.cheek_right,
]);

export const NOTHING: ReadonlySet<number> = new Set();
