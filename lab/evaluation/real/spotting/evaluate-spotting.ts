import type { FaceModels } from '../../../../src/face/mod.js';
import type { SpottedWindow } from '../../spotting/spotted.js';
import type { ReadySpotter } from '../../spotting/spotters.js';
import type { ExpressionLibrary } from '../fields/expression-library.js';
import { drawInjections } from '../injections/draw-injections.js';
import { seedOf } from '../injections/seed-of.js';
import type { RealClip } from '../people.js';
import { runStreams, type Conditions } from '../streams/run-streams.js';
import type { PathCache } from '../track/path-cache.js';
import { trackClip } from '../track/track-clip.js';
import { CropStore, type StripWriter } from './alert-strips.js';
import { activityOf } from './face-activity.js';
import { injectedTruth, type InjectedTruth } from './injected-truth.js';
import { alertsOf, judgeStream, type Alert, type JudgedStream } from './judge-stream.js';
import { measured } from './measured.js';
import { MATCHED, startSpotters } from './real-spotters.js';
import type { SignalsExport } from './signals-export.js';
import { scoreFor, spottingMetrics, type SpottedClip, type SpottingMetrics } from './spotting-report.js';

/** Alerts a minute on the untouched clips that the matched filter is set to, afterwards and in its favour. */
const MATCHED_RATES = [2, 10, 78] as const;

export interface SpottingEvaluationOptions {
  readonly conditions: Conditions;
  readonly cache: PathCache;
  readonly seeds: readonly number[];
  readonly spotters: readonly string[];
  readonly strips?: StripWriter;
  readonly signals?: SignalsExport;
  readonly onClip?: (done: number) => void;
}

export interface RealSpottingEvaluation {
  readonly spotters: Readonly<Record<string, SpottingMetrics>>;
  readonly alerts: Readonly<Record<string, readonly (Alert & { readonly clip: string })[]>>;
}

/** What each spotter said of one clip, before any of it is judged. */
interface RawClip extends Pick<SpottedClip, 'clip' | 'person' | 'skin' | 'fps' | 'minutes' | 'quietMinutes'> {
  readonly truths: readonly (readonly InjectedTruth[])[];
  readonly said: ReadonlyMap<string, { readonly alerts: readonly Alert[]; readonly windows: readonly (readonly SpottedWindow[])[] }>;
}

/** Spotters on real clips: what they find of warped-in expressions, and what they report where nothing was warped in. */
export async function evaluateRealSpotting(
  models: FaceModels,
  library: ExpressionLibrary,
  clips: readonly RealClip[],
  options: SpottingEvaluationOptions,
): Promise<RealSpottingEvaluation> {
  const spotters = await startSpotters(options.spotters);
  const raw: RawClip[] = [];
  for (const [i, clip] of clips.entries()) {
    raw.push(await runClip(models, library, clip, spotters, options));
    options.onClip?.(i + 1);
  }
  const metrics: Record<string, SpottingMetrics> = {};
  const alerts: Record<string, (Alert & { clip: string })[]> = {};
  for (const name of options.spotters) {
    const judged = raw.map((clip) => judgedAt(clip, name, -Infinity));
    for (const rate of name === MATCHED ? MATCHED_RATES : []) {
      metrics[`${name}@${String(rate)}`] = spottingMetrics(raw.map((clip) => judgedAt(clip, name, scoreFor(judged, rate))));
    }
    if (name === MATCHED) continue;
    metrics[name] = spottingMetrics(judged);
    alerts[name] = judged.flatMap((clip) => clip.alerts.map((alert) => ({ clip: clip.clip, ...alert })));
  }
  return { spotters: metrics, alerts };
}

async function runClip(
  models: FaceModels,
  library: ExpressionLibrary,
  clip: RealClip,
  spotters: ReadonlyMap<string, ReadySpotter>,
  options: SpottingEvaluationOptions,
): Promise<RawClip> {
  const { name, path: file, person, skin } = clip;
  const path = await options.cache.get(file, () => trackClip(models, file));
  const sets = options.seeds.map((seed) => drawInjections(library, path, seedOf(name, seed)));
  const crops = options.strips && new CropStore();
  const streams = await runStreams(
    models,
    file,
    path,
    sets,
    options.conditions,
    crops &&
      ((face) => {
        crops.add(face);
      }),
  );
  const activity = activityOf(path);
  const truths = sets.map((set) => set.map((injection) => injectedTruth(path, injection)));
  await options.signals?.add(clip, path, streams, options.seeds, truths);
  const said = new Map<string, { alerts: Alert[]; windows: SpottedWindow[][] }>();
  for (const [spotter, ready] of spotters) {
    const { windows } = await ready.spot(measured(path, streams, streams.plain));
    const alerts = alertsOf(path, activity, windows);
    const found: SpottedWindow[][] = [];
    for (const stream of streams.warped) found.push([...(await ready.spot(measured(path, streams, stream))).windows]);
    said.set(spotter, { alerts, windows: found });
    if (crops && spotter !== MATCHED) await options.strips.write(name, spotter, alerts, crops);
  }
  return {
    clip: name,
    person,
    skin,
    fps: streams.fps,
    minutes: activity.minutes,
    quietMinutes: activity.quietMinutes,
    truths,
    said,
  };
}

/** What a spotter said of a clip, as it would be with a threshold on its score. */
function judgedAt(clip: RawClip, spotter: string, least: number): SpottedClip {
  const { truths, said, ...about } = clip;
  const { alerts, windows } = said.get(spotter) ?? { alerts: [], windows: [] };
  return {
    ...about,
    alerts: alerts.filter(({ score }) => score >= least),
    streams: truths.map((set, i): JudgedStream =>
      judgeStream(
        set,
        (windows[i] ?? []).filter(({ score }) => score >= least),
      ),
    ),
  };
}
