import type { Dataset, DatasetClip, TruthEvent } from '../../datasets/mod.js';
import { WorkerClient } from '../../../src/runtime/threads/mod.js';
import { judgeClip, type ClipVerdict } from './clip-verdict.js';
import { errorCurve, missRateAt, type CurvePoint, type SpottedClip } from './error-curve.js';
import { metricsOf, type Rates, type SpottingMetrics } from './metrics.js';
import { protocolsOf, type Protocols } from './protocols.js';
import { byBand, byClipGroup, DURATION_BANDS, PEAK_BANDS } from './groups.js';
import { spotterNamed } from './spotters.js';
import type { ClipResult, SpottingHandlers, SpottingWorkerData } from './spotting-messages.js';

/** How a data set is evaluated. */
export interface SpottingOptions {
  /** Names of spotters. */
  readonly spotters: readonly string[];
  /** Folder of measured clips, read and filled. Default: every clip is measured anew. */
  readonly signals?: string;
  /** Clips measured at once, a thread each. Default 1. */
  readonly threads?: number;
  /** Micro-expressions that don't count either way, see JudgeOptions. Default: all count. */
  readonly counts?: (truth: TruthEvent) => boolean;
  readonly onProgress?: (done: number, total: number) => void;
}

/** One spotter's metrics on a data set. */
export interface SpotterEvaluation {
  readonly all: SpottingMetrics;
  readonly protocols: Protocols;
  /** By the clips' own groups: condition, frame rate, … */
  readonly groups: Readonly<Record<string, Readonly<Record<string, SpottingMetrics>>>>;
  /** Micro-expressions by peak displacement and by duration. */
  readonly peaks: Readonly<Record<string, Rates>>;
  readonly durations: Readonly<Record<string, Rates>>;
  readonly curve: readonly CurvePoint[];
  /** Least miss rate at no more than so many false alarms a minute. */
  readonly missRateAt: Readonly<Record<'0.5' | '1' | '2', number>>;
}

/** What an evaluation gives. */
export interface SpottingEvaluation {
  readonly spotters: Readonly<Record<string, SpotterEvaluation>>;
  /** Clips that could not be read, or in part, and those where no face was found; each with why. */
  readonly troubles: readonly { readonly clip: string; readonly trouble: string }[];
  /** What every spotter said of every clip. */
  readonly clips: readonly { readonly clip: DatasetClip; readonly result: ClipResult }[];
}

/** An hour: a clip of a data set may be long, and be measured far below real time. */
const CALL_TIMEOUT = 3_600_000;

/** Measures every clip once, runs every spotter on it and compares what they said with the truth. */
export async function evaluateSpotting(dataset: Dataset, options: SpottingOptions): Promise<SpottingEvaluation> {
  const { spotters, signals, threads = 1, counts = () => true, onProgress } = options;
  for (const name of spotters) spotterNamed(name);
  const results: (ClipResult | undefined)[] = [];
  const troubles: { clip: string; trouble: string }[] = [];
  let next = 0;
  let done = 0;
  const work = async (thread: number): Promise<void> => {
    const data: SpottingWorkerData = { spotters, ...(signals === undefined ? {} : { signals }) };
    const worker = await WorkerClient.start<SpottingHandlers>(new URL('./spotting.worker.ts', import.meta.url), {
      name: `spotting-${String(thread)}`,
      data,
      callTimeout: CALL_TIMEOUT,
    });
    try {
      for (let i = next++; i < dataset.clips.length; i = next++) {
        const clip = dataset.clips[i];
        if (!clip) break;
        try {
          const result = await worker.call('spot', [clip.id, clip.source]);
          results[i] = result;
          if (result.fault !== undefined) troubles.push({ clip: clip.id, trouble: result.fault });
          if (result.faces === 0) troubles.push({ clip: clip.id, trouble: 'no face was found' });
        } catch (error) {
          if ((error as { code?: unknown }).code !== 'clip_unreadable') throw error;
          troubles.push({ clip: clip.id, trouble: (error as Error).message });
        }
        onProgress?.(++done, dataset.clips.length);
      }
    } finally {
      await worker.close();
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(threads, dataset.clips.length)) }, (_, thread) => work(thread)));
  const clips = dataset.clips.flatMap((clip, i) => {
    const result = results[i];
    return result ? [{ clip, result }] : [];
  });
  return {
    spotters: Object.fromEntries(
      spotters.map((name) => [
        name,
        evaluate(
          clips.map(({ clip, result }) => ({ clip, seconds: result.seconds, spotted: result.spotted[name] ?? { windows: [] } })),
          counts,
        ),
      ]),
    ),
    troubles,
    clips,
  };
}

function evaluate(clips: readonly SpottedClip[], counts: (truth: TruthEvent) => boolean): SpotterEvaluation {
  const verdicts: ClipVerdict[] = clips.map(({ clip, seconds, spotted }) => judgeClip(clip, seconds, spotted, { counts }));
  const curve = errorCurve(clips, { counts });
  const all = metricsOf(verdicts);
  return {
    all,
    protocols: protocolsOf(clips, all, counts),
    groups: byClipGroup(verdicts),
    peaks: byBand(verdicts, PEAK_BANDS),
    durations: byBand(verdicts, DURATION_BANDS),
    curve,
    missRateAt: { '0.5': missRateAt(curve, 0.5), 1: missRateAt(curve, 1), 2: missRateAt(curve, 2) },
  };
}
