import { judgeClip, type JudgeOptions } from './clip-verdict.js';
import { countsOf } from './metrics.js';
import type { DatasetClip } from '../../datasets/mod.js';
import type { Spotted } from './spotted.js';

/** A clip beside what a spotter said of it. */
export interface SpottedClip {
  readonly clip: DatasetClip;
  readonly seconds: number;
  readonly spotted: Spotted;
}

/** One threshold's errors on micro-expressions. */
export interface CurvePoint {
  /** Windows of at least this score count. */
  readonly threshold: number;
  readonly falseAlarmsPerMinute: number;
  /** 1 − recall. */
  readonly missRate: number;
  readonly f1: number;
}

/** Most thresholds that are looked at. */
const STEPS = 60;

/**
 * False false positives a minute against miss rate over thresholds on the windows' scores, from the most lenient on. Empty where there is
 * no
 * micro-expression to find.
 */
export function errorCurve(clips: readonly SpottedClip[], options: Pick<JudgeOptions, 'counts'> = {}): CurvePoint[] {
  const scores = [
    ...new Set(clips.flatMap(({ spotted }) => spotted.windows.filter(({ kind }) => kind === 'micro').map(({ score }) => score))),
  ].sort((a, b) => a - b);
  const minutes = clips.reduce((sum, { seconds }) => sum + seconds, 0) / 60;
  const thresholds =
    scores.length <= STEPS
      ? scores
      : Array.from({ length: STEPS }, (_, i) => scores[Math.round((i * (scores.length - 1)) / (STEPS - 1))] ?? 0);
  return [...new Set(thresholds)].flatMap((threshold) => {
    const verdicts = clips.map(({ clip, seconds, spotted }) => judgeClip(clip, seconds, spotted, { ...options, threshold }));
    const { truePositives, falseNegatives, falsePositives } = countsOf(verdicts, 'micro');
    if (truePositives + falseNegatives === 0) return [];
    return [
      {
        threshold,
        falseAlarmsPerMinute: falsePositives / minutes,
        missRate: falseNegatives / (truePositives + falseNegatives),
        f1: (2 * truePositives) / (2 * truePositives + falseNegatives + falsePositives),
      },
    ];
  });
}

/** The least miss rate that a curve reaches at no more than so many false alarms a minute; 1 where it never gets down there. */
export function missRateAt(curve: readonly CurvePoint[], falseAlarmsPerMinute: number): number {
  return Math.min(1, ...curve.filter((point) => point.falseAlarmsPerMinute <= falseAlarmsPerMinute).map(({ missRate }) => missRate));
}
