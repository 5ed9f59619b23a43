import { DEFAULT_FALSE_ALARMS } from '../../../src/config/mod.js';
import { readSpotterModel, Spotter, SPOTTER_FOLDER, Spotting, SpotterNet } from '../../../src/spotting/mod.js';
import type { FlowFeature } from '../../baselines/flow-features.js';
import { mdmd } from '../../baselines/mdmd.js';
import { strainPeaks } from '../../baselines/strain-peaks.js';
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
  learned: {
    about: 'the network, at the false alarms a minute that the server allows by default; learned@2 allows 2',
    start: () => Promise.resolve(learned(DEFAULT_FALSE_ALARMS)),
  },
  rule: {
    about: "rules on the regions' motion",
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

/** The network with the server's decoder, set to so many false alarms a minute. */
function learned(falseAlarms: number): ReadySpotter {
  const model = readSpotterModel(SPOTTER_FOLDER, 'leave learned out of --spotter (--spotter rule)');
  const net = new SpotterNet(model);
  const spotting = new Spotting({ model, microMax: 0.5, sensitivity: 1, falseAlarms });
  return {
    spot: ({ faces }) =>
      runSpotter(() => {
        const stream = net.follow();
        const spotter = spotting.watch(spotting.controls());
        return { push: (sample) => spotter.push(sample, stream.push(sample)), flush: () => spotter.flush() };
      }, faces),
  };
}

function everyFace({ flow }: MeasuredClip, spot: (face: string, features: readonly FlowFeature[]) => Spotted): Spotted {
  const all = [...(flow ?? [])].map(([face, features]) => spot(face, features));
  return {
    windows: all.flatMap(({ windows }) => windows).sort((a, b) => a.onset - b.onset),
    ...(all.some(({ announced }) => announced !== undefined)
      ? { announced: all.reduce((sum, { announced = 0 }) => sum + announced, 0) }
      : {}),
  };
}

/** N of `learned@N`, false alarms a minute; undefined where the name is none of these. */
function rateIn(name: string): number | undefined {
  const rate = Number(/^learned@(\d{1,2}(?:\.\d{1,3})?)$/.exec(name)?.[1] ?? 0);
  return rate > 0 ? rate : undefined;
}

export function isSpotter(name: string): boolean {
  return rateIn(name) !== undefined || Object.hasOwn(SPOTTERS, name);
}

/** @throws {EvaluationError} `spotter_unknown` */
export function spotterNamed(name: string): SpotterEntry {
  const rate = rateIn(name);
  if (rate !== undefined)
    return { about: `the network at ${String(rate)} false alarms a minute`, start: () => Promise.resolve(learned(rate)) };
  const entry = Object.hasOwn(SPOTTERS, name) ? SPOTTERS[name] : undefined;
  if (!entry) throw new EvaluationError('spotter_unknown', `no spotter is called ${name}; there are ${Object.keys(SPOTTERS).join(', ')}`);
  return entry;
}
