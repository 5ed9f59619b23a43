import type { BenchResult } from '../result.js';
import { COSTS_FILE, readCosts } from './costs.js';
import { size, type Sizing } from './size.js';
import { figuresOf, MARKS, section } from './table.js';

/** Sessions at a time that docs/scale.md tells of. */
const SIZES = [100, 1000, 10_000] as const;
const SEED = 7;

/** The sizings of docs/scale.md. */
const sizings = (file?: string): Sizing[] => {
  const costs = readCosts(file);
  return SIZES.map((sessions) => size(costs, sessions, SEED));
};

/**
 * The document with its sizing section made anew.
 *
 * @throws Error where it has no place for one
 */
export function withSizing(document: string, file?: string): string {
  const from = document.indexOf(MARKS[0]);
  const to = document.indexOf(MARKS[1]);
  if (from < 0 || to < from) throw new Error(`the document has no lines "${MARKS[0]}" and "${MARKS[1]}"`);
  return document.slice(0, from) + section(sizings(file), readCosts(file)) + document.slice(to + MARKS[1].length);
}

/** Sizes an installation for 100, 1,000 and 10,000 sessions by simulation, from the measured costs of a file. */
export function benchSizing(file?: string): BenchResult {
  const costs = readCosts(file);
  return {
    name: 'sizing',
    results: {
      'costs from': file ?? COSTS_FILE,
      ...(Object.assign({}, ...sizings(file).map((sizing) => figuresOf(sizing, costs))) as Record<string, string>),
    },
  };
}
