import { expect, it } from 'vitest';
import type { Event } from '../../../src/events/schema.js';
import { AlertDeck } from './alert-deck.js';

const opened = (n: number): Event => ({
  type: 'annotation.opened',
  session: 's',
  t: n,
  seq: n,
  annotation: `a${String(n)}`,
  face: 'f1',
  kind: 'micro',
  onset: n,
  apex: n,
});

it('keeps the newest first, and no more than fit', () => {
  const deck = new AlertDeck(3);
  for (const n of [1, 2, 3, 4, 5]) deck.take(opened(n));
  expect(deck.cards.value.map((card) => card.value.id)).toEqual(['a5', 'a4', 'a3']);
  expect(deck.forgotten.value).toBe(2);
  expect(deck.announcement.value).toContain('5.0 seconds');
  deck.take(opened(5));
  expect(deck.cards.value).toHaveLength(3);
});

it('puts one that is read late in its place', () => {
  const deck = new AlertDeck();
  for (const n of [1, 5, 3]) deck.take(opened(n));
  expect(deck.cards.value.map((card) => card.value.id)).toEqual(['a5', 'a3', 'a1']);
});

it('changes one card without touching the list', () => {
  const deck = new AlertDeck();
  deck.take(opened(1));
  const list = deck.cards.value;
  deck.take({ type: 'annotation.updated', session: 's', t: 2, seq: 2, annotation: 'a1', mellm: { delta: 'x' } });
  expect(deck.cards.value).toBe(list);
  expect(list[0]?.value.text).toBe('x');
});

it('forgets a session, and leaves the others', () => {
  const deck = new AlertDeck();
  deck.take(opened(1));
  deck.take({ ...opened(2), session: 'other' });
  deck.forget('s');
  expect(deck.cards.value.map((card) => card.value.id)).toEqual(['a2']);
});

const described = (n: number): Event => ({
  type: 'annotation.updated',
  session: 's',
  t: n,
  seq: n,
  annotation: `a${String(n)}`,
  mellm: { delta: 'x' },
});

it('expands the newest alert once there is something to read, and leaves the last one open until then', () => {
  const deck = new AlertDeck();
  expect(deck.expanded.value).toBeUndefined();
  deck.take(opened(1));
  expect(deck.expanded.value).toBe('a1');
  deck.take(described(1));
  deck.take(opened(2));
  expect(deck.expanded.value).toBe('a1');
  deck.take(described(2));
  expect(deck.expanded.value).toBe('a2');
});

it('keeps a pinned card expanded whatever comes, until it is gone', () => {
  const deck = new AlertDeck(2);
  for (const n of [1, 2]) {
    deck.take(opened(n));
    deck.take(described(n));
  }
  deck.pinned.value = 'a1';
  deck.take({ ...opened(3), session: 'other' });
  expect(deck.expanded.value).toBe('a2');
  deck.pinned.value = 'a3';
  expect(deck.expanded.value).toBe('a3');
  deck.clear();
  expect([deck.pinned.value, deck.expanded.value]).toEqual([undefined, undefined]);
});
