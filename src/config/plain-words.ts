import type { z } from 'zod';
import { editDistance, nearest } from './nearest.js';

const KINDS: Readonly<Record<string, string>> = {
  number: 'a number',
  int: 'a whole number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'settings with names',
};
const UNITS: Readonly<Record<string, string>> = { array: 'entries', string: 'characters' };

/**
 * What is wrong with a value, for whoever wrote it; zod's own words are for programmers. Where a schema has words of its own, those are
 * told. The value itself is not repeated, since it may be a secret. For `safeParse(value, { error: plainWords })`.
 */
export function plainWords(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `must be ${KINDS[issue.expected] ?? issue.expected}`;
    case 'too_small':
      return bound(issue.origin, issue.minimum, issue.exact === true ? '' : issue.inclusive === false ? 'more than ' : 'at least ');
    case 'too_big':
      return bound(issue.origin, issue.maximum, issue.exact === true ? '' : issue.inclusive === false ? 'less than ' : 'at most ');
    case 'invalid_value':
      return oneOf(issue.values.map(String), issue.input);
    case 'invalid_union':
      return 'has none of the accepted forms (docs/settings.md)';
    default:
      return undefined;
  }
}

function bound(origin: string, value: number | bigint, how: string): string {
  const unit = UNITS[origin];
  if (unit === undefined) return `must be ${how}${String(value)}`;
  const many = Number(value) === 1 ? ({ entries: 'entry', characters: 'character' }[unit] ?? unit) : unit;
  return `must have ${how}${String(value)} ${many}`;
}

/** Names the nearest where the value looks like one that is misspelt. */
function oneOf(names: readonly string[], input: unknown): string {
  const all = `must be ${names.length === 1 ? '' : 'one of '}${names.join(', ')}`;
  if (typeof input !== 'string') return all;
  const likely = nearest(input, names);
  return editDistance(input, likely) <= Math.max(2, likely.length / 2) ? `${all}; the nearest is "${likely}"` : all;
}
