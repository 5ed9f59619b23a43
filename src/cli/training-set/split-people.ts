import { createHash } from 'node:crypto';

export type Split = 'train' | 'val';

/** Splits people, never a person; the same people and share give the same split. At least one stands in each where there are two. */
export function splitPeople(people: Iterable<string>, valShare: number): ReadonlyMap<string, Split> {
  const drawn = [...new Set(people)].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const val = Math.min(drawn.length - 1, Math.max(1, Math.round(valShare * drawn.length)));
  return new Map(drawn.map((person, i) => [person, i < val ? 'val' : 'train']));
}

function keyOf(person: string): string {
  return createHash('sha256').update(person).digest('hex');
}
