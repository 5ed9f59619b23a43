import { interpolatedQuantile } from '../../../src/common/quantile.js';
import { bootstrapOf, type Interval } from './bootstrap.js';
import { type ClipVerdict, type TruePositive, type Kind } from './clip-verdict.js';

/** Truths found and missed, and windows that matched none. Fractions where false positives were shared out among groups. */
export interface Counts {
  readonly truePositives: number;
  readonly falseNegatives: number;
  readonly falsePositives: number;
}

/** What is counted of it. */
export interface Rates extends Counts {
  /** Null where nothing was there and nothing was said. */
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
}

/** Differences to the truth over true positives, ms: median of the absolute, and of the signed ones (above 0: too late). */
export interface TimingError {
  readonly median: number;
  readonly bias: number;
  /** True positives whose truth has that moment. */
  readonly count: number;
}

/** How well one spotter did on a set of clips. */
export interface SpottingMetrics {
  readonly clips: number;
  readonly people: number;
  readonly minutes: number;
  readonly micro: Rates;
  readonly macro: Rates;
  /** True positives, false negatives and false positives of both kinds together. */
  readonly overall: Rates;
  /** 95 % intervals over people; null where there are fewer than two. */
  readonly intervals: {
    readonly microF1: Interval | null;
    readonly microPrecision: Interval | null;
    readonly microRecall: Interval | null;
    readonly falseAlarmsPerMinute: Interval | null;
  };
  /** Micro windows a minute that match no micro-expression. */
  readonly falseAlarmsPerMinute: number;
  /** Those of them that touch none either. */
  readonly straysPerMinute: number;
  /**
   * Micro-expressions announced a minute that came to nothing: withdrawn, reclassified, or false positives. Null of spotters that announce
   * nothing.
   */
  readonly announcedInVainPerMinute: number | null;
  /** Micro false positives by what was going on, `near` for those that touch a micro-expression. */
  readonly falseAlarmsDuring: Readonly<Record<string, number>>;
  /** Over micro true positives; null without any. */
  readonly onset: TimingError | null;
  readonly apex: TimingError | null;
  readonly offset: TimingError | null;
  /** Of the time from onset to apex. */
  readonly rise: TimingError | null;
  /** Media milliseconds from the true apex to the announcement, over micro true positives. */
  readonly latency: { readonly median: number; readonly p95: number; readonly max: number; readonly count: number } | null;
}

/** Pools the verdicts of clips. */
export function metricsOf(verdicts: readonly ClipVerdict[]): SpottingMetrics {
  const minutes = sum(verdicts, ({ seconds }) => seconds) / 60;
  const micro = countsOf(verdicts, 'micro');
  const macro = countsOf(verdicts, 'macro');
  const falsePositives = verdicts.flatMap((verdict) => verdict.kinds.micro.falsePositives);
  const truePositives = verdicts.flatMap((verdict) => verdict.kinds.micro.truePositives);
  const strays = falsePositives.filter(({ near }) => near === undefined);
  const announcing = verdicts.some(({ announced }) => announced !== undefined);
  const people = new Set(verdicts.map(({ clip }) => clip.person));
  const interval = (statistic: (drawn: readonly ClipVerdict[]) => number | null): Interval | null =>
    bootstrapOf(verdicts, ({ clip }) => clip.person, statistic);
  return {
    clips: verdicts.length,
    people: people.size,
    minutes,
    micro: ratesOf(micro),
    macro: ratesOf(macro),
    overall: ratesOf({
      truePositives: micro.truePositives + macro.truePositives,
      falseNegatives: micro.falseNegatives + macro.falseNegatives,
      falsePositives: micro.falsePositives + macro.falsePositives,
    }),
    intervals: {
      microF1: interval((drawn) => ratesOf(countsOf(drawn, 'micro')).f1),
      microPrecision: interval((drawn) => ratesOf(countsOf(drawn, 'micro')).precision),
      microRecall: interval((drawn) => ratesOf(countsOf(drawn, 'micro')).recall),
      falseAlarmsPerMinute: interval((drawn) => (60 * countsOf(drawn, 'micro').falsePositives) / sum(drawn, ({ seconds }) => seconds)),
    },
    falseAlarmsPerMinute: micro.falsePositives / minutes,
    straysPerMinute: strays.length / minutes,
    announcedInVainPerMinute: announcing
      ? (sum(verdicts, ({ announced }) => announced ?? 0) - truePositives.filter(({ window }) => window.openedAs === 'micro').length) /
        minutes
      : null,
    falseAlarmsDuring: tally(falsePositives.flatMap(({ near, during }) => (near ? ['near'] : during))),
    onset: timing(truePositives, ({ window, truth }) => window.onset - truth.onset),
    apex: timing(truePositives, ({ window, truth }) => (truth.apex === undefined ? undefined : window.apex - truth.apex)),
    offset: timing(truePositives, ({ window, truth }) => window.offset - truth.offset),
    rise: timing(truePositives, ({ window, truth }) =>
      truth.apex === undefined ? undefined : window.apex - window.onset - (truth.apex - truth.onset),
    ),
    latency: latencyOf(truePositives),
  };
}

/** True positives, false negatives and false positives of one kind. */
export function countsOf(verdicts: readonly ClipVerdict[], kind: Kind): Counts {
  return {
    truePositives: sum(verdicts, ({ kinds }) => kinds[kind].truePositives.length),
    falseNegatives: sum(verdicts, ({ kinds }) => kinds[kind].falseNegatives.length),
    falsePositives: sum(verdicts, ({ kinds }) => kinds[kind].falsePositives.length),
  };
}

/** Precision, recall and F1 of counts; a rate without anything to count is null. */
export function ratesOf(counts: Counts): Rates {
  const { truePositives, falseNegatives, falsePositives } = counts;
  return {
    ...counts,
    precision: truePositives + falsePositives === 0 ? null : truePositives / (truePositives + falsePositives),
    recall: truePositives + falseNegatives === 0 ? null : truePositives / (truePositives + falseNegatives),
    f1:
      truePositives + falseNegatives + falsePositives === 0
        ? null
        : (2 * truePositives) / (2 * truePositives + falseNegatives + falsePositives),
  };
}

/** The value below which `part` of the sorted values lie, linear between neighbours. */
function quantile(values: readonly number[], part: number): number {
  return interpolatedQuantile(
    values.toSorted((a, b) => a - b),
    part,
  );
}

function timing(truePositives: readonly TruePositive[], seconds: (hit: TruePositive) => number | undefined): TimingError | null {
  const errors = truePositives
    .map(seconds)
    .filter((error) => error !== undefined)
    .map((error) => 1000 * error);
  if (errors.length === 0) return null;
  return { median: quantile(errors.map(Math.abs), 0.5), bias: quantile(errors, 0.5), count: errors.length };
}

function latencyOf(truePositives: readonly TruePositive[]): SpottingMetrics['latency'] {
  const delays = truePositives.flatMap(({ window, truth }) =>
    window.openedAt === undefined || truth.apex === undefined ? [] : [1000 * (window.openedAt - truth.apex)],
  );
  if (delays.length === 0) return null;
  return { median: quantile(delays, 0.5), p95: quantile(delays, 0.95), max: Math.max(...delays), count: delays.length };
}

function tally(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
