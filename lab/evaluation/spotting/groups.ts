import type { TruthEvent } from '../../datasets/mod.js';
import type { ClipVerdict } from './clip-verdict.js';
import { metricsOf, ratesOf, type Rates, type SpottingMetrics } from './metrics.js';

/** Bands that micro-expressions are grouped in by their truth. */
export interface Band {
  readonly name: string;
  readonly holds: (truth: TruthEvent) => boolean;
}

const PEAKS = [0, 0.5, 1, 2, 4, Infinity];
const DURATIONS = [0, 0.2, 0.35, 0.5, Infinity];

/** Peak displacement, px on a face 200 px wide. Empty where the set does not say. */
export const PEAK_BANDS: readonly Band[] = bands(PEAKS, 'px', 1, ({ peak }) => peak);
/** Onset to offset. */
export const DURATION_BANDS: readonly Band[] = bands(DURATIONS, 'ms', 1000, ({ onset, offset }) => offset - onset);

function bands(edges: readonly number[], unit: string, scale: number, value: (truth: TruthEvent) => number | undefined): Band[] {
  return edges.slice(0, -1).map((low, i) => {
    const high = edges[i + 1] ?? Infinity;
    const name = high === Infinity ? `${String(low * scale)}+ ${unit}` : `${String(low * scale)}-${String(high * scale)} ${unit}`;
    return {
      name,
      holds: (truth) => {
        const of = value(truth);
        return of !== undefined && of >= low && of < high;
      },
    };
  });
}

/**
 * Micro-expression rates of the truths of each band. A recall is the band's own; an alarm that touches a truth is its band's; one that
 * touches none belongs to no band and is shared out by the bands' numbers of truths, as though each had its own share of the footage.
 * Bands without truths are left out.
 */
export function byBand(verdicts: readonly ClipVerdict[], all: readonly Band[]): Record<string, Rates> {
  const kinds = verdicts.map(({ kinds: { micro } }) => micro);
  const truePositives = kinds.flatMap((kind) => kind.truePositives.map(({ truth }) => truth));
  const falseNegatives = kinds.flatMap((kind) => kind.falseNegatives);
  const falsePositives = kinds.flatMap((kind) => kind.falsePositives);
  const truths = truePositives.length + falseNegatives.length;
  const strays = falsePositives.filter(({ near }) => near === undefined).length;
  const table: Record<string, Rates> = {};
  for (const { name, holds } of all) {
    const found = truePositives.filter(holds).length;
    const missed = falseNegatives.filter(holds).length;
    if (found + missed === 0) continue;
    const near = falsePositives.filter((alarm) => alarm.near !== undefined && holds(alarm.near)).length;
    table[name] = ratesOf({ truePositives: found, falseNegatives: missed, falsePositives: near + (strays * (found + missed)) / truths });
  }
  return table;
}

/** Metrics of the clips that share a value, for each key of the clips' groups that has several values. */
export function byClipGroup(verdicts: readonly ClipVerdict[]): Record<string, Record<string, SpottingMetrics>> {
  const keys = [...new Set(verdicts.flatMap(({ clip }) => Object.keys(clip.groups)))];
  const tables: Record<string, Record<string, SpottingMetrics>> = {};
  for (const key of keys) {
    const values = [...new Set(verdicts.map(({ clip }) => clip.groups[key]).filter((value) => value !== undefined))].sort(naturally);
    if (values.length < 2) continue;
    tables[key] = Object.fromEntries(values.map((value) => [value, metricsOf(verdicts.filter(({ clip }) => clip.groups[key] === value))]));
  }
  return tables;
}

/** Numbers by their value. */
function naturally(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
