import { Spotter } from '../../spotting/mod.js';
import type { FlowFeature } from '../baselines/flow-features.js';
import { mdmd } from '../baselines/mdmd.js';
import { strainPeaks } from '../baselines/strain-peaks.js';
import type { MeasuredClip } from '../clips/measure-clip.js';
import { EvaluationError } from '../evaluation-error.js';
import { runSpotter } from './run-spotter.js';
import type { Spotted } from './spotted.js';

/** A spotter made ready, e.g. with its network loaded. */
export interface ReadySpotter {
  spot(clip: MeasuredClip): Promise<Spotted>;
}

/** A spotter that can be evaluated. */
export interface SpotterEntry {
  /** One line for the user. */
  readonly about: string;
  /** Whether it needs the dense flow. Default false. */
  readonly flow?: boolean;
  start(): Promise<ReadySpotter>;
}

/** Spotters by the names that `--spotter` takes. All see the same measured clip. */
export const SPOTTERS: Readonly<Record<string, SpotterEntry>> = {
  rule: {
    about: 'rules on the regions\' motion',
    start: () => Promise.resolve({ spot: ({ faces }) => runSpotter(() => new Spotter(), faces) }),
  },
  mdmd: {
    about: 'baseline: main directional maximal difference, causal form',
    flow: true,
    start: () => Promise.resolve({ spot: (clip) => Promise.resolve(everyFace(clip, mdmd)) }),
  },
  strain: {
    about: 'baseline: optical strain over the whole clip, not causal',
    flow: true,
    start: () => Promise.resolve({ spot: (clip) => Promise.resolve(everyFace(clip, strainPeaks)) }),
  },
};

function everyFace({ flow }: MeasuredClip, spot: (face: string, features: readonly FlowFeature[]) => Spotted): Spotted {
  const all = [...flow ?? []].map(([face, features]) => spot(face, features));
  return {
    windows: all.flatMap(({ windows }) => windows).sort((a, b) => a.onset - b.onset),
    ...(all.some(({ announced }) => announced !== undefined) ? { announced: all.reduce((sum, { announced = 0 }) => sum + announced, 0) } : {}),
  };
}

/** @throws {EvaluationError} `spotter_unknown` */
export function spotterNamed(name: string): SpotterEntry {
  const entry = Object.hasOwn(SPOTTERS, name) ? SPOTTERS[name] : undefined;
  if (!entry) throw new EvaluationError('spotter_unknown', `no spotter is called ${name}; there are ${Object.keys(SPOTTERS).join(', ')}`);
  return entry;
}
