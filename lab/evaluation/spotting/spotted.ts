/** A window that a spotter reported and stood by. Times are media seconds. */
export interface SpottedWindow {
  readonly face: string;
  readonly kind: 'micro' | 'macro';
  readonly onset: number;
  readonly apex: number;
  readonly offset: number;
  /** 0..1, higher is surer; what the error curve's threshold is laid on. */
  readonly score: number;
  /** When it was first said; absent of spotters that look at a clip as a whole. */
  readonly openedAt?: number;
  /** What it was first said to be; goes with `openedAt`. */
  readonly openedAs?: 'micro' | 'macro';
}

/** All that a spotter said of a clip. */
export interface Spotted {
  readonly windows: readonly SpottedWindow[];
  /** Micro-expressions that were announced, whatever became of them; absent of spotters that announce nothing. */
  readonly announced?: number;
  /** Announcements that were taken back. */
  readonly withdrawn?: number;
}
