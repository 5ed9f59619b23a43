import { mulberry32 } from '../../../src/common/mulberry32.js';

/** A 95 % confidence interval. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Draws of whole people. */
const DRAWS = 1000;

/**
 * The 95 % percentile interval of a metric by bootstrap over people: whole people are drawn with replacement, since clips of one face
 * are alike. The same input always gives the same interval. Draws without a metric are left out; null for fewer than two people.
 */
export function bootstrapOf<T>(
  items: readonly T[],
  personOf: (item: T) => string,
  metric: (drawn: readonly T[]) => number | null,
  draws = DRAWS,
): Interval | null {
  const byPerson = new Map<string, T[]>();
  for (const item of items) byPerson.set(personOf(item), [...(byPerson.get(personOf(item)) ?? []), item]);
  // In the order of names, so that the interval does not hang on the order in which clips were read.
  const people = [...byPerson.keys()].sort().map((person) => byPerson.get(person) ?? []);
  if (people.length < 2) return null;
  const random = mulberry32(1);
  const values: number[] = [];
  for (let i = 0; i < draws; i++) {
    const value = metric(people.flatMap(() => people[Math.floor(random() * people.length)] ?? []));
    if (value !== null && Number.isFinite(value)) values.push(value);
  }
  if (values.length === 0) return null;
  values.sort((a, b) => a - b);
  const at = (part: number): number => values[Math.round(part * (values.length - 1))] ?? NaN;
  return { low: at(0.025), high: at(0.975) };
}
