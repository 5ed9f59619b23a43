import { expect, it } from 'vitest';
import { anAnnotation } from '../../../tests/support/an-annotation.js';
import type { Review } from '../../../clients/javascript/src/index.js';
import { fromAlert, itemsOf, moved, nextOpen, NO_FILTER, passes } from './review-item.js';

const alerts = [1, 2, 3].map((n) => anAnnotation(`s1-${String(n)}`, { onset: n, apex: n + 0.1, offset: n + 0.3, score: n / 4 }));
const entry = (id: string, coder: string, verdict: Review['verdict'], rest: Partial<Review> = {}): Review => ({
  ...fromAlert(alerts[0]!),
  coder,
  entry: id,
  annotation: id,
  verdict,
  note: '',
  updated: '2026-01-01T00:00:00Z',
  ...rest,
});

it('joins alerts, what the coder says and added windows in their order', () => {
  const added = entry('own', 'anna', 'added', { annotation: null, onset: 2.5, apex: 2.6, offset: 2.7 });
  const items = itemsOf(
    alerts,
    new Map([
      ['own', added],
      ['s1-1', entry('s1-1', 'anna', 'accepted', { onset: 0.9 })],
    ]),
    [entry('s1-1', 'ben', 'rejected')],
  );
  expect(items.map(({ entry: id, now }) => [id, now.onset])).toEqual([
    ['s1-1', 0.9],
    ['s1-2', 2],
    ['own', 2.5],
    ['s1-3', 3],
  ]);
  const shown = (filter: Partial<typeof NO_FILTER>): string[] =>
    items.filter((item) => passes(item, { ...NO_FILTER, ...filter })).map((item) => item.entry);
  expect(shown({ state: 'disagreement' })).toEqual(['s1-1']);
  expect(shown({ state: 'open' })).toEqual(['s1-2', 's1-3']);
  expect(shown({ score: 0.6 })).toEqual(['own', 's1-3']);
  expect(shown({ unit: '12' })).toHaveLength(4);
  expect(shown({ unit: '4' })).toEqual([]);
  expect(nextOpen(items, 's1-3')?.entry).toBe('s1-2');
});

it('keeps onset, apex and offset in order when one is moved past another', () => {
  const now = fromAlert(alerts[0]!);
  expect(moved(now, 'onset', 1.2)).toMatchObject({ onset: 1.2, apex: 1.2, offset: 1.3 });
  expect(moved(now, 'offset', 0.5)).toMatchObject({ onset: 0.5, apex: 0.5, offset: 0.5 });
  expect(moved(now, 'apex', -1)).toMatchObject({ onset: 0, apex: 0, offset: 1.3 });
});
