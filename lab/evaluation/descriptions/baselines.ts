import { EMOTION_LABELS } from '../../../src/common/emotion-labels.js';
import { features } from '../../../src/llm/embedded/features.js';
import type { InstructPair } from './instruct-split.js';

/** What a recogniser says of one pair. */
export interface Verdict {
  readonly aus: ReadonlySet<string>;
  /** Index into {@link LABELS}; 4: no micro-expression. */
  readonly category: number;
}

export const LABELS = [...EMOTION_LABELS, 'none'] as const;

/** Something fitted on pairs, that judges others by their regions alone. */
export type Recogniser = (pair: InstructPair) => Verdict;

/** Where a unit shows first, and which way it goes on the image's right half (degrees, 0 outward, 90 up), after FACS. */
const FIRST: Readonly<Record<string, readonly [region: string, angle: number]>> = {
  AU1: ['Right Inner Eyebrow', 90],
  AU2: ['Right Outer Eyebrow', 90],
  AU4: ['Right Inner Eyebrow', 270],
  AU5: ['Right Upper Eyelid (Center)', 90],
  AU6: ['Right Cheek', 90],
  AU7: ['Right Lower Eyelid (Center)', 90],
  AU9: ['Right Nostril Wing', 90],
  AU10: ['Upper Lip (Right Side)', 90],
  AU12: ['Right Mouth Corner', 45],
  AU14: ['Right Mouth Corner', 0],
  AU15: ['Right Mouth Corner', 270],
  AU16: ['Lower Lip (Center)', 270],
  AU17: ['Chin', 90],
  AU18: ['Upper Lip (Center)', 180],
  AU20: ['Right Mouth Corner', 330],
  AU22: ['Upper Lip (Center)', 90],
  AU24: ['Lower Lip (Center)', 90],
  AU25: ['Lower Lip (Center)', 270],
  AU26: ['Chin', 270],
  AU28: ['Lower Lip (Center)', 90],
  AU45: ['Right Upper Eyelid (Center)', 270],
};

/** Units that the training pairs show, in order. */
export function unitsOf(pairs: readonly InstructPair[]): string[] {
  return [...new Set(pairs.flatMap((pair) => pair.units.map(({ au }) => au)))].sort((a, b) => Number(a.slice(2)) - Number(b.slice(2)));
}

/** Baseline 0: knows no pair, only how often each category and unit is there; says the most frequent one, and units of most pairs. */
export function fitPrior(train: readonly InstructPair[]): Recogniser {
  const counts = LABELS.map((label) => train.filter(({ category }) => category.label === label).length);
  const category = counts.indexOf(Math.max(...counts));
  const aus = new Set(unitsOf(train).filter((au) => train.filter((pair) => shows(pair, au)).length > train.length / 2));
  return () => ({ aus, category });
}

/** Baseline 1: one threshold a unit on how far its first region moves the way it should, the best on the training pairs. */
export function fitThresholdRule(train: readonly InstructPair[]): Recogniser {
  const thresholds = new Map(
    unitsOf(train)
      .filter((au) => FIRST[au])
      .map((au) => {
        const pulls = train.map((pair) => pull(pair, au));
        const shown = train.map((pair) => shows(pair, au));
        return [
          au,
          bestThreshold(
            pulls,
            shown,
            Array.from({ length: 59 }, (_, i) => 0.05 + i * 0.025),
          ),
        ] as const;
      }),
  );
  const categoryOf = fitCategories(train);
  return (pair) => {
    const aus = new Set([...thresholds].filter(([au, threshold]) => pull(pair, au) > threshold).map(([au]) => au));
    return { aus, category: categoryOf(aus) };
  };
}

/** Baseline 2: logistic regression of each unit on the features that the embedded model reads, standardised; categories from the units. */
export function fitLogistic(train: readonly InstructPair[], steps = 150): Recogniser {
  const inputs = train.map((pair) => features(pair.rois));
  const width = inputs[0]?.length ?? 0;
  const mean = new Float64Array(width);
  const scale = new Float64Array(width);
  for (const x of inputs) for (let j = 0; j < width; j++) mean[j] = (mean[j] ?? 0) + (x[j] ?? 0) / inputs.length;
  for (const x of inputs) for (let j = 0; j < width; j++) scale[j] = (scale[j] ?? 0) + ((x[j] ?? 0) - (mean[j] ?? 0)) ** 2 / inputs.length;
  const standardised = (x: Float32Array): Float64Array =>
    Float64Array.from(x, (value, j) => (value - (mean[j] ?? 0)) / (Math.sqrt(scale[j] ?? 0) + 1e-3));
  const rows = inputs.map(standardised);
  const models = unitsOf(train).map((au) => {
    const shown = train.map((pair) => shows(pair, au));
    const weights = descend(rows, shown, width, steps);
    return {
      au,
      weights,
      threshold: bestThreshold(
        rows.map((x) => score(weights, x)),
        shown,
        Array.from({ length: 25 }, (_, i) => -2.2 + i * 0.125),
      ),
    };
  });
  const categoryOf = fitCategories(train);
  return (pair) => {
    const x = standardised(features(pair.rois));
    const aus = new Set(models.filter(({ weights, threshold }) => score(weights, x) > threshold).map(({ au }) => au));
    return { aus, category: categoryOf(aus) };
  };
}

export function shows(pair: InstructPair, au: string): boolean {
  return pair.units.some((unit) => unit.au === au);
}

/** Gradient descent with Adam's step sizes on the mean logistic loss, ridge 1e-4; weights, then the bias. */
function descend(rows: readonly Float64Array[], shown: readonly boolean[], width: number, steps: number): Float64Array {
  const weights = new Float64Array(width + 1);
  weights[width] = -2;
  const first = new Float64Array(width + 1);
  const second = new Float64Array(width + 1);
  const gradient = new Float64Array(width + 1);
  for (let step = 1; step <= steps; step++) {
    gradient.fill(0);
    rows.forEach((x, i) => {
      const error = (1 / (1 + Math.exp(-score(weights, x))) - (shown[i] ? 1 : 0)) / rows.length;
      for (let j = 0; j < width; j++) gradient[j] = (gradient[j] ?? 0) + error * (x[j] ?? 0);
      gradient[width] = (gradient[width] ?? 0) + error;
    });
    for (let j = 0; j <= width; j++) {
      const g = (gradient[j] ?? 0) + (j < width ? 2e-4 * (weights[j] ?? 0) : 0);
      const m = (first[j] = 0.9 * (first[j] ?? 0) + 0.1 * g);
      const v = (second[j] = 0.999 * (second[j] ?? 0) + 0.001 * g * g);
      weights[j] = (weights[j] ?? 0) - (0.05 * (m / (1 - 0.9 ** step))) / (Math.sqrt(v / (1 - 0.999 ** step)) + 1e-8);
    }
  }
  return weights;
}

function score(weights: Float64Array, x: Float64Array): number {
  let sum = weights[x.length] ?? 0;
  for (let j = 0; j < x.length; j++) sum += (weights[j] ?? 0) * (x[j] ?? 0);
  return sum;
}

/** px: how far the unit's first region, of the better side, moves the way it should. */
function pull(pair: InstructPair, au: string): number {
  const [name, wanted] = FIRST[au] ?? ['', 0];
  const swap = name.replaceAll('Right', '\0').replaceAll('Left', 'Right').replaceAll('\0', 'Left');
  let most = -Infinity;
  for (const [region, mirrored] of [
    [name, false],
    [swap, true],
  ] as const) {
    const roi = pair.rois.find((one) => one.region === region);
    if (!roi) continue;
    const angle = roi.angle_deg === null ? null : mirrored ? 180 - roi.angle_deg : roi.angle_deg;
    most = Math.max(most, angle === null ? 0 : roi.mean_magnitude * roi.concentration * Math.cos(((angle - wanted) * Math.PI) / 180));
  }
  return most;
}

function bestThreshold(values: readonly number[], shown: readonly boolean[], options: readonly number[]): number {
  const all = shown.filter(Boolean).length;
  let best = { threshold: options[0] ?? 0, f1: -1 };
  for (const threshold of options) {
    let said = 0;
    let hits = 0;
    values.forEach((value, i) => {
      if (value > threshold) {
        said++;
        if (shown[i]) hits++;
      }
    });
    const f1 = (2 * hits) / Math.max(1, said + all);
    if (f1 > best.f1) best = { threshold, f1 };
  }
  return best.threshold;
}

/** The label that pairs with these units mostly have; for units never seen together, the one that they speak for taken apart. */
function fitCategories(train: readonly InstructPair[]): (aus: ReadonlySet<string>) => number {
  const together = new Map<string, number[]>();
  const apart = new Map<string, number[]>();
  const count = (map: Map<string, number[]>, key: string, label: number): void => {
    const counts = map.get(key) ?? [0, 0, 0, 0];
    map.set(key, counts);
    counts[label] = (counts[label] ?? 0) + 1;
  };
  for (const pair of train) {
    const label = LABELS.indexOf(pair.category.label);
    if (label > 3) continue;
    count(together, key(pair.units.map(({ au }) => au)), label);
    for (const { au } of pair.units) count(apart, au, label);
  }
  return (aus) => {
    const shown = [...aus].filter((au) => au !== 'AU45');
    if (shown.length === 0) return 4;
    const counts =
      together.get(key(shown)) ??
      [0, 1, 2, 3].map((label) =>
        shown.reduce((sum, au) => {
          const own = apart.get(au) ?? [0, 0, 0, 0];
          return sum + Math.log(((own[label] ?? 0) + 0.5) / (own.reduce((a, b) => a + b, 0) + 2));
        }, 0),
      );
    return counts.indexOf(Math.max(...counts));
  };
}

function key(aus: readonly string[]): string {
  return aus
    .filter((au) => au !== 'AU45')
    .sort()
    .join('+');
}
