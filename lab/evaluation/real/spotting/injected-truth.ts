import { MOTION_REGIONS, type MotionRegion } from '../../../../src/spotting/mod.js';
import { cropToFrame } from '../fields/face-field.js';
import type { Injection } from '../injections/draw-injections.js';
import { isQuiet } from '../meter/meter-report.js';
import { ownMotion } from '../meter/own-motion.js';
import { regionTruth } from '../meter/region-truth.js';
import { placedAt } from '../streams/run-streams.js';
import { frameAt, pointsAt, type FacePath } from '../track/face-path.js';
import { isTalking } from './face-activity.js';

const UPPER = /^(brow|eyelid)/;

/** An injected expression as it is to be found. Seconds. */
export interface InjectedTruth {
  readonly onset: number;
  readonly apex: number;
  readonly offset: number;
  readonly aus: readonly { readonly au: number; readonly side: string }[];
  /** px on a face whose pupils are 76 px apart. */
  readonly peak: number;
  /** The region that it moves most. */
  readonly region: MotionRegion;
  readonly upper: boolean;
  /** Whether that region moves by itself less than 1 px, or less than the peak, within 0.35 s. */
  readonly quiet: boolean;
  /** Whether the mouth moves by itself meanwhile. */
  readonly talking: boolean;
}

export function injectedTruth(path: FacePath, injection: Injection): InjectedTruth {
  const {
    pulse: { onset, apex, offset },
    units,
    peak,
  } = injection;
  const points = pointsAt(path, frameAt(path, apex));
  const moved = regionTruth(placedAt(path, [injection], apex), points, cropToFrame(points));
  const sizes = MOTION_REGIONS.map((_, r) => Math.hypot(moved[2 * r]!, moved[2 * r + 1]!));
  const strongest = sizes.indexOf(Math.max(...sizes));
  const own = ownMotion(path, (onset + apex) / 2);
  const region = MOTION_REGIONS[strongest]!;
  return {
    onset,
    apex,
    offset,
    peak,
    region,
    upper: UPPER.test(region),
    aus: units.map(({ au, side }) => ({ au, side })),
    quiet: isQuiet({ own: own[strongest]!, drawnPeak: peak }),
    talking: isTalking(own),
  };
}
