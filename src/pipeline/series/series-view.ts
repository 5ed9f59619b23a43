import type { Annotation, SeriesFace, SeriesPeak } from '../../events/mod.js';
import { CURVE, CURVES, FAULTS, type SeriesPoint } from './series-curves.js';

/** A longer pause between two points of a face is a gap, s. */
const GAP_S = 0.5;
/** Lowest score of a peak. */
const LEAST_PEAK = 0.1;
/** A peak is the highest score within this time before and after it, s. */
const APART_S = 0.2;
/** A likelihood from which it explains a peak. */
const EXPLAINS = 0.4;
/** Peaks of a face that are returned, the highest. */
const MOST_PEAKS = 500;
/** Seconds beyond an alert's window that still belong to it. */
const MARGIN_S = 0.1;
/** The largest motion of all regions, beside {@link CURVES}. */
const MOTION = 'motion';

/** Names that may be asked for. */
export const CURVE_NAMES: readonly string[] = [MOTION, ...CURVES.map(({ name }) => name).filter((name) => name !== 'fault')];

export interface ViewOptions {
  readonly from: number;
  readonly to: number;
  /** Points of a curve at most. */
  readonly points: number;
  readonly curves: readonly string[];
  /** Of the session; those that were withdrawn explain peaks. */
  readonly annotations: readonly Annotation[];
}

/** A face's curves between two moments at any zoom: of each interval the lowest and highest value, so that no peak is lost. */
export function viewFace(face: string, all: readonly SeriesPoint[], options: ViewOptions): SeriesFace {
  const points = all.filter(({ t }) => t >= options.from && t <= options.to);
  const buckets = bucketsOf(points, options);
  return {
    face,
    t: buckets.map((bucket) => rounded(bucket[bucket.length >> 1]!.t)),
    curves: Object.fromEntries(
      options.curves.map((name) => {
        const read = buckets.map((bucket) => extremes(bucket.map((point) => valueOf(point, name))));
        return [name, { min: read.map(({ min }) => min), max: read.map(({ max }) => max) }];
      }),
    ),
    faults: spans(points, ({ values }) => FAULTS[values[CURVE['fault']!]!]),
    gaps: gapsOf(points),
    peaks: peaksOf(face, points, options.annotations),
  };
}

function bucketsOf(points: readonly SeriesPoint[], { from, to, points: most }: ViewOptions): SeriesPoint[][] {
  if (points.length <= most) return points.map((point) => [point]);
  const first = Math.max(from, points[0]!.t);
  const step = Math.max(1e-9, (Math.min(to, points.at(-1)!.t) - first) / most);
  const buckets: SeriesPoint[][] = Array.from({ length: most }, () => []);
  for (const point of points) buckets[Math.min(most - 1, Math.floor((point.t - first) / step))]!.push(point);
  return buckets.filter((bucket) => bucket.length > 0);
}

function valueOf({ values }: SeriesPoint, name: string): number {
  if (name !== MOTION) return values[CURVE[name]!]!;
  let most = Number.NaN;
  for (let i = CURVE['motion_brow_outer_left']!; i < CURVES.length; i++)
    if (!(values[i]! <= most)) most = Number.isNaN(values[i]) ? most : values[i]!;
  return most;
}

function extremes(values: readonly number[]): { min: number | null; max: number | null } {
  const read = values.filter((value) => !Number.isNaN(value));
  return read.length === 0 ? { min: null, max: null } : { min: rounded(Math.min(...read)), max: rounded(Math.max(...read)) };
}

function spans(points: readonly SeriesPoint[], what: (point: SeriesPoint) => string | undefined): SeriesFace['faults'] {
  const found: { fault: string; from: number; to: number }[] = [];
  for (const point of points) {
    const fault = what(point);
    const last = found.at(-1);
    if (fault === undefined) continue;
    if (last?.fault === fault && point.t - last.to <= GAP_S) last.to = rounded(point.t);
    else found.push({ fault, from: rounded(point.t), to: rounded(point.t) });
  }
  return found;
}

function gapsOf(points: readonly SeriesPoint[]): SeriesFace['gaps'] {
  return points.flatMap(({ t }, i) => {
    const before = points[i - 1]?.t ?? t;
    return t - before > GAP_S ? [{ from: rounded(before), to: rounded(t) }] : [];
  });
}

/** Maxima of the score that are in no alert, and why they became none. */
function peaksOf(face: string, points: readonly SeriesPoint[], annotations: readonly Annotation[]): SeriesPeak[] {
  const own = annotations.filter((annotation) => annotation.face === face);
  const alerts = own.filter(({ withdrawn }) => withdrawn === undefined);
  const score = (point: SeriesPoint): number => point.values[CURVE['score']!]!;
  const peaks = points.flatMap((point, i): SeriesPeak[] => {
    const height = score(point);
    if (!(height >= LEAST_PEAK) || alerts.some((alert) => covers(alert, point.t))) return [];
    const around = near(points, i);
    if (around.some((other) => score(other) > height || (score(other) === height && other.t < point.t))) return [];
    const withdrawn = own.find((annotation) => annotation.withdrawn !== undefined && covers(annotation, point.t));
    const threshold = point.values[CURVE['threshold']!]!;
    return [
      {
        t: rounded(point.t),
        score: rounded(height),
        threshold: Number.isNaN(threshold) ? null : rounded(threshold),
        reason: reasonOf(point, around, withdrawn),
      },
    ];
  });
  return peaks
    .sort((a, b) => b.score - a.score)
    .slice(0, MOST_PEAKS)
    .sort((a, b) => a.t - b.t);
}

function reasonOf(point: SeriesPoint, around: readonly SeriesPoint[], withdrawn: Annotation | undefined): SeriesPeak['reason'] {
  const most = (name: string): number =>
    Math.max(...around.map(({ values }) => values[CURVE[name]!]!).filter((value) => !Number.isNaN(value)));
  if (around.some(({ values }) => values[CURVE['fault']!]! > 0)) return 'cannot_see';
  for (const cause of ['blink', 'head', 'speech'] as const) if (most(cause) >= EXPLAINS) return cause;
  if (withdrawn) return 'withdrawn';
  return point.values[CURVE['score']!]! < point.values[CURVE['threshold']!]! ? 'below_threshold' : 'other';
}

function covers({ onset, apex, offset }: Annotation, t: number): boolean {
  return t >= onset - MARGIN_S && t <= (offset ?? apex) + MARGIN_S;
}

/** The points within {@link APART_S} of one, itself included. */
function near(points: readonly SeriesPoint[], i: number): SeriesPoint[] {
  const { t } = points[i]!;
  let [from, to] = [i, i];
  while (from > 0 && t - points[from - 1]!.t <= APART_S) from--;
  while (to < points.length - 1 && points[to + 1]!.t - t <= APART_S) to++;
  return points.slice(from, to + 1);
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
