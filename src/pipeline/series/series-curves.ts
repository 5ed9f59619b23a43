import { CLASSES, MOTION_REGIONS } from '../../spotting/mod.js';
import type { BlockReason } from '../quality-gate.js';
import { SERIES_UNITS, unitName } from './action-units.js';
import type { SeriesRow } from './series-row.js';

/** Faults by the number that stands for them; 0 is none. */
export const FAULTS: readonly (BlockReason | undefined)[] = [
  undefined,
  'too_small',
  'too_dark',
  'too_bright',
  'blurred',
  'turned',
  'cut_off',
  'unstable',
  'few_frames',
];

/** A value of a face that is kept with its session, and what it is rounded to. */
interface Curve {
  readonly name: string;
  readonly step: number;
}

/** What is kept of a face's frame, beside its time. */
export const CURVES: readonly Curve[] = [
  { name: 'fault', step: 1 },
  { name: 'quality', step: 0.02 },
  { name: 'yaw', step: 0.005 },
  { name: 'pitch', step: 0.005 },
  { name: 'roll', step: 0.005 },
  { name: 'score', step: 0.01 },
  { name: 'threshold', step: 0.01 },
  ...CLASSES.map((name) => ({ name, step: 0.02 })),
  ...SERIES_UNITS.map((unit) => ({ name: unitName(unit), step: 0.1 })),
  ...MOTION_REGIONS.map((region) => ({ name: `motion_${region}`, step: 0.05 })),
];

/** Index of each of {@link CURVES}. */
export const CURVE: Readonly<Record<string, number>> = Object.fromEntries(CURVES.map(({ name }, i) => [name, i]));

/** One frame of a face as it is kept: a value for each of {@link CURVES}, NaN where unknown. */
export interface SeriesPoint {
  /** Media seconds. */
  readonly t: number;
  readonly values: Float32Array;
}

/** What is kept of a row; undefined where there was no face. */
export function pointOf({ t, face }: SeriesRow): SeriesPoint | undefined {
  if (!face) return undefined;
  const { fault, quality, pose, score, threshold, likelihoods, units, moved } = face;
  const values = Float32Array.from([
    FAULTS.indexOf(fault),
    quality,
    pose.yaw,
    pose.pitch,
    pose.roll,
    score,
    threshold,
    ...(likelihoods ?? CLASSES.map(() => Number.NaN)),
    ...units,
    ...moved,
  ]);
  return { t, values };
}
