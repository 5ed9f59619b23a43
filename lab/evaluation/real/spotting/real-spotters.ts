import { spotterNamed, type ReadySpotter } from '../../spotting/spotters.js';
import { matchedFilter } from './matched-filter.js';

/** The name of the matched filter, which is compared here only. */
export const MATCHED = 'matched';

/** Makes spotters ready by their names. @throws {EvaluationError} `spotter_unknown` */
export async function startSpotters(names: readonly string[]): Promise<ReadonlyMap<string, ReadySpotter>> {
  const ready = new Map<string, ReadySpotter>();
  for (const name of names) ready.set(name, name === MATCHED ? filter : await spotterNamed(name).start());
  return ready;
}

const filter: ReadySpotter = {
  spot: ({ faces }) =>
    Promise.resolve({
      windows: [...faces].flatMap(([face, samples]) => matchedFilter(face, samples).windows).sort((a, b) => a.onset - b.onset),
    }),
};
