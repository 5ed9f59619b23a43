import { Spotter } from '../../spotting/mod.js';
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
  start(): Promise<ReadySpotter>;
}

/** Spotters by the names that `--spotter` takes. All see the same measured clip. */
export const SPOTTERS: Readonly<Record<string, SpotterEntry>> = {
  rule: {
    about: 'rules on the regions\' motion',
    start: () => Promise.resolve({ spot: ({ faces }) => runSpotter(() => new Spotter(), faces) }),
  },
};

/** @throws {EvaluationError} `spotter_unknown` */
export function spotterNamed(name: string): SpotterEntry {
  const entry = Object.hasOwn(SPOTTERS, name) ? SPOTTERS[name] : undefined;
  if (!entry) throw new EvaluationError('spotter_unknown', `no spotter is called ${name}; there are ${Object.keys(SPOTTERS).join(', ')}`);
  return entry;
}
