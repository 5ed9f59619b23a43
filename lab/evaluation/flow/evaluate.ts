import type { FlowEstimator } from '../../../src/flow/flow-estimator.js';
import { INPUT_SIZE } from '../../../src/flow/flow-messages.js';
import { intervalByIdentity, type Interval } from './bootstrap.js';
import { MEASURES, measurePair, type Measure, type PairMeasures } from './measures.js';
import { differencesOf, listPairs, readPair, type DatasetPair } from './meflow-dataset.js';

/** Metrics of a group of pairs: px, degrees for `angular_error`; a metric that no pair has is null. */
export interface GroupMetrics {
  readonly pairs: number;
  readonly identities: number;
  readonly metrics: Readonly<Record<Measure, Interval | null>>;
}

/** What an evaluation gives. */
export interface FlowEvaluation {
  /** `<model>@<sha8>`. */
  readonly model: string;
  /** What a reader of the metrics must know: pairs that are not there. */
  readonly notes: readonly string[];
  readonly splits: Readonly<Record<string, GroupMetrics & { readonly levels: Readonly<Record<string, GroupMetrics>> }>>;
}

export interface EvaluateOptions {
  /** At most so many pairs of each split. Default all. */
  readonly limit?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Pairs read ahead while the network works. */
const AHEAD = 4;

/**
 * MEFlowNet against the truth of a MEFlowDataset folder: by split, and within it by degradation, with 95 % intervals by
 * identity. Deterministic on a CPU when the estimator's largest batch is 1.
 */
export async function evaluateFlow(estimator: FlowEstimator, root: string, options: EvaluateOptions = {}): Promise<FlowEvaluation> {
  const pairs = await listPairs(root, options.limit);
  const notes = await differencesOf(root);
  const rows: PairMeasures[] = [];
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    for (let i = next++; i < pairs.length; i = next++) {
      const pair = pairs[i];
      if (!pair) return;
      const { crops, truth } = await readPair(pair);
      const { facial, head } = await estimator.estimate(crops, 'eval');
      const field = (data: Float32Array) => ({ width: INPUT_SIZE, height: INPUT_SIZE, data });
      rows[i] = measurePair(field(facial), field(head), truth);
      options.onProgress?.(++done, pairs.length);
    }
  };
  await Promise.all(Array.from({ length: AHEAD }, work));
  const splits: Record<string, FlowEvaluation['splits'][string]> = {};
  for (const split of new Set(pairs.map((pair) => pair.split))) {
    const levels: Record<string, GroupMetrics> = {};
    for (const level of new Set(pairs.filter((pair) => pair.split === split).map((pair) => pair.level))) {
      if (level !== '') levels[level] = group(pairs, rows, (pair) => pair.split === split && pair.level === level);
    }
    splits[split] = { ...group(pairs, rows, (pair) => pair.split === split), levels };
  }
  return { model: estimator.info.source, notes, splits };
}

function group(pairs: readonly DatasetPair[], rows: readonly PairMeasures[], wanted: (pair: DatasetPair) => boolean): GroupMetrics {
  const chosen = pairs.map((pair, i) => ({ pair, row: rows[i] })).filter(({ pair }) => wanted(pair));
  const people = chosen.map(({ pair }) => pair.identity);
  const metrics = Object.fromEntries(
    MEASURES.map((measure) => [
      measure,
      intervalByIdentity(
        chosen.map(({ row }) => row?.[measure] ?? NaN),
        people,
      ) ?? null,
    ]),
  ) as Record<Measure, Interval | null>;
  return { pairs: chosen.length, identities: new Set(people).size, metrics };
}
