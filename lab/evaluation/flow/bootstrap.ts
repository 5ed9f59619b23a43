import { interpolatedQuantile } from '../../../src/common/quantile.js';
import { mulberry32 } from '../../../src/common/mulberry32.js';

/** A mean and its 95 % confidence interval. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** Values in the mean. */
  readonly count: number;
}

/**
 * The mean of values and its 95 % interval by bootstrap over identities: whole people are drawn, since pairs of one face are
 * alike. Values that are NaN are left out; undefined where none is left. The same input always gives the same interval.
 *
 * @param draws default 1000.
 */
export function intervalByIdentity(values: readonly number[], identities: readonly string[], draws = 1000, seed = 1): Interval | undefined {
  const people = new Map<string, { sum: number; count: number }>();
  let sum = 0;
  let count = 0;
  values.forEach((value, i) => {
    if (Number.isNaN(value)) return;
    const person = people.get(identities[i] ?? '') ?? { sum: 0, count: 0 };
    person.sum += value;
    person.count++;
    people.set(identities[i] ?? '', person);
    sum += value;
    count++;
  });
  if (count === 0) return undefined;
  // In the order of names, so that the interval does not hang on the order in which pairs were read.
  const groups = [...people.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, person]) => person);
  const random = mulberry32(seed);
  const means = Array.from({ length: draws }, () => {
    let drawnSum = 0;
    let drawnCount = 0;
    groups.forEach(() => {
      const person = groups[Math.floor(random() * groups.length)];
      drawnSum += person?.sum ?? 0;
      drawnCount += person?.count ?? 0;
    });
    return drawnSum / drawnCount;
  }).sort((a, b) => a - b);
  return { mean: sum / count, low: interpolatedQuantile(means, 0.025), high: interpolatedQuantile(means, 0.975), count };
}
