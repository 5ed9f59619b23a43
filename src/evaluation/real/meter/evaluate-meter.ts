import type { FaceModels } from '../../../face/mod.js';
import type { ExpressionLibrary } from '../fields/expression-library.js';
import { drawInjections } from '../injections/draw-injections.js';
import type { RealClip } from '../people.js';
import { runPair, type Conditions } from '../streams/run-pair.js';
import type { PathCache } from '../track/path-cache.js';
import { trackClip } from '../track/track-clip.js';
import { meterReport, type MeterReport } from './meter-report.js';
import { readInjection, type RegionReading } from './read-injection.js';

export interface MeterEvaluationOptions {
  readonly conditions: Conditions;
  readonly cache: PathCache;
  readonly seed: number;
  readonly onClip?: (done: number) => void;
}

export interface MeterEvaluation extends MeterReport {
  readonly clips: readonly (MeterReport & { readonly clip: string; readonly person: string; readonly skin: string })[];
}

/** The motion meter on real clips: the same clip with and without warped-in expressions, and their difference against what was warped. */
export async function evaluateMeter(models: FaceModels, library: ExpressionLibrary, clips: readonly RealClip[], options: MeterEvaluationOptions): Promise<MeterEvaluation> {
  const all: RegionReading[][] = [];
  const reports: MeterEvaluation['clips'][number][] = [];
  for (const [i, { name, path: file, person, skin }] of clips.entries()) {
    const path = await options.cache.get(file, () => trackClip(models, file));
    const injections = drawInjections(library, path, seedOf(name, options.seed));
    const pair = await runPair(models, file, path, injections, options.conditions);
    const read = injections.map((injection) => readInjection(pair, path, injection)).filter((readings) => readings !== undefined);
    all.push(...read);
    reports.push({ clip: name, person, skin, ...meterReport(read) });
    options.onClip?.(i + 1);
  }
  return { ...meterReport(all), clips: reports };
}

/** A seed of its own for each clip, so that a clip gets the same injections whichever others are measured. */
export function seedOf(clip: string, seed: number): number {
  let hash = 2166136261;
  for (const character of `${clip}#${String(seed)}`) hash = Math.imul(hash ^ character.charCodeAt(0), 16777619);
  return hash >>> 0;
}
