/** Share of the peak at which a movement begins (onset) and ends (offset). */
const LEVEL = 0.05;
/** Part of a raised-cosine ramp that lies below that level. */
const BELOW = Math.acos(1 - 2 * LEVEL) / Math.PI;

/** How strongly an expression shows over time: 5 % at onset and offset, 1 at the apex. Seconds. */
export class Pulse {
  /** From where on, and until when, it shows at all. */
  readonly start: number;
  readonly end: number;

  constructor(
    readonly onset: number,
    readonly apex: number,
    readonly offset: number,
  ) {
    this.start = apex - (apex - onset) / (1 - BELOW);
    this.end = apex + (offset - apex) / (1 - BELOW);
  }

  at(t: number): number {
    if (t <= this.start || t >= this.end) return 0;
    const share = t < this.apex ? (t - this.start) / (this.apex - this.start) : (this.end - t) / (this.end - this.apex);
    return 0.5 - 0.5 * Math.cos(Math.PI * share);
  }
}
