import type { TruthEvent } from '../../datasets/mod.js';
import { judgeClip, LEAST_IOU, type ClipVerdict } from './clip-verdict.js';
import type { SpottedClip } from './error-curve.js';
import { countsOf, ratesOf, type Rates, type SpottingMetrics } from './metrics.js';
import type { SpottedWindow } from './spotted.js';

/** One spotter's windows judged by the field's rules and by those of a live server. */
export interface Protocols {
  readonly field: FieldProtocol;
  readonly live: LiveProtocol;
}

/** As spotting is published: rules that a live server can't keep, since they know the truth or the whole video. */
interface FieldProtocol {
  readonly rules: readonly string[];
  readonly clips: number;
  /** `p` of the threshold. */
  readonly p: number;
  readonly micro: Rates;
  readonly macro: Rates;
  readonly overall: Rates;
}

interface LiveProtocol extends Pick<SpottingMetrics, 'micro' | 'macro' | 'overall' | 'falseAlarmsPerMinute' | 'latency'> {
  readonly rules: readonly string[];
  readonly clips: number;
}

const FIELD_RULES = [
  'only videos that hold an expression',
  'threshold of each video from the whole of it: mean + p (max - mean) of its scores',
  'p chosen on these same videos, for the best overall F1',
  `a window is right from an IoU of ${String(LEAST_IOU)} with an expression of its kind, matched one to one`,
  'F1 over all videos together',
] as const;
const LIVE_RULES = [
  'all videos, also those without an expression',
  'causal: one threshold, set before, that knows nothing of what comes',
  `a window is right from an IoU of ${String(LEAST_IOU)} with an expression of its kind, matched one to one`,
  'false alarms a minute and delay are reported beside F1',
] as const;

/** Shares of the way from the mean to the highest score that are tried; 0.55 and the like are common. */
const SHARES = Array.from({ length: 20 }, (_, i) => i / 20);

export function protocolsOf(clips: readonly SpottedClip[], all: SpottingMetrics, counts: (truth: TruthEvent) => boolean): Protocols {
  const { micro, macro, overall, falseAlarmsPerMinute, latency } = all;
  return {
    field: fieldProtocol(clips, counts),
    live: { rules: LIVE_RULES, clips: all.clips, micro, macro, overall, falseAlarmsPerMinute, latency },
  };
}

function fieldProtocol(clips: readonly SpottedClip[], counts: (truth: TruthEvent) => boolean): FieldProtocol {
  const holding = clips.filter(({ clip }) =>
    clip.truth.some((truth) => (truth.kind === 'micro' || truth.kind === 'macro') && counts(truth)),
  );
  const tried = SHARES.map((p) => ({ p, verdicts: holding.map((clip) => judge(clip, p, counts)) }));
  const f1 = (verdicts: readonly ClipVerdict[]): number => overallOf(verdicts).f1 ?? 0;
  const { p, verdicts } = tried.reduce(
    (best, one) => (f1(one.verdicts) > f1(best.verdicts) ? one : best),
    tried[0] ?? { p: 0, verdicts: [] },
  );
  return {
    rules: FIELD_RULES,
    clips: holding.length,
    p,
    micro: ratesOf(countsOf(verdicts, 'micro')),
    macro: ratesOf(countsOf(verdicts, 'macro')),
    overall: overallOf(verdicts),
  };
}

function judge({ clip, seconds, spotted }: SpottedClip, p: number, counts: (truth: TruthEvent) => boolean): ClipVerdict {
  return judgeClip(clip, seconds, spotted, { counts, threshold: thresholdOf(spotted.windows, p) });
}

function thresholdOf(windows: readonly SpottedWindow[], p: number): number {
  const scores = windows.map(({ score }) => score);
  const mean = scores.reduce((sum, score) => sum + score, 0) / Math.max(1, scores.length);
  return scores.length === 0 ? 0 : mean + p * (Math.max(...scores) - mean);
}

function overallOf(verdicts: readonly ClipVerdict[]): Rates {
  const [micro, macro] = [countsOf(verdicts, 'micro'), countsOf(verdicts, 'macro')];
  return ratesOf({
    truePositives: micro.truePositives + macro.truePositives,
    falseNegatives: micro.falseNegatives + macro.falseNegatives,
    falsePositives: micro.falsePositives + macro.falsePositives,
  });
}
