/** What the network says of each tick, in the order of its outputs (training/spotter/model.py). */
export const CLASSES = ['micro', 'micro_apex', 'macro', 'macro_apex', 'blink', 'speech', 'head', 'nuisance'] as const;
export type SpottedClass = (typeof CLASSES)[number];

/** Index of each class. */
export const CLASS = Object.fromEntries(CLASSES.map((name, i) => [name, i])) as Readonly<Record<SpottedClass, number>>;

/** Ticks of look-ahead: likelihoods are about the moment this many ticks before. */
export const DELAY = 5;

/** Likelihoods of one face at one tick. */
export interface TickLikelihoods {
  readonly face: string;
  /** Media seconds of the tick; the likelihoods are about {@link DELAY} ticks earlier. */
  readonly t: number;
  /** 0..1 for each of {@link CLASSES}. */
  readonly values: Float32Array;
}
