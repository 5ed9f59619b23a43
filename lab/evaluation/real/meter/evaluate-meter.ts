import type { FaceModels } from '../../../../src/face/mod.js';
import type { ExpressionLibrary } from '../fields/expression-library.js';
import { drawInjections } from '../injections/draw-injections.js';
import type { RealClip } from '../people.js';
import { seedOf } from '../injections/seed-of.js';
import { runStreams, type Conditions } from '../streams/run-streams.js';
import type { PathCache } from '../track/path-cache.js';
import { trackClip } from '../track/track-clip.js';
import { meterReport, type MeterReport } from './meter-report.js';
import { readInjection, type RegionReading } from './read-injection.js';

export interface MeterEvaluationOptions {
  readonly conditions: Conditions;
  readonly cache: PathCache;
  /** A set of injections for each. */
  readonly seeds: readonly number[];
  readonly onClip?: (done: number) => void;
}

export interface MeterEvaluation extends MeterReport {
  readonly clips: readonly (MeterReport & { readonly clip: string; readonly person: string; readonly skin: string })[];
}

/** The motion meter on real clips: the same clip with and without warped-in expressions, and their difference against what was warped. */
export async function evaluateMeter(
  models: FaceModels,
  library: ExpressionLibrary,
  clips: readonly RealClip[],
  options: MeterEvaluationOptions,
): Promise<MeterEvaluation> {
  const all: RegionReading[][] = [];
  const reports: MeterEvaluation['clips'][number][] = [];
  for (const [i, { name, path: file, person, skin }] of clips.entries()) {
    const path = await options.cache.get(file, () => trackClip(models, file));
    const sets = options.seeds.map((seed) => drawInjections(library, path, seedOf(name, seed)));
    const { plain, warped, frames } = await runStreams(models, file, path, sets, options.conditions);
    const read = warped
      .flatMap((stream, k) => (sets[k] ?? []).map((injection) => readInjection({ plain, warped: stream, frames }, path, injection)))
      .filter((readings) => readings !== undefined);
    all.push(...read);
    reports.push({ clip: name, person, skin, ...meterReport(read) });
    options.onClip?.(i + 1);
  }
  return { ...meterReport(all), clips: reports };
}
