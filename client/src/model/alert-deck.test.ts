import { expect, it } from 'vitest';
import type { Event } from '../../../src/events/schema.js';
import { AlertDeck } from './alert-deck.js';

const opened = (n: number): Event => ({
  type: 'annotation.opened', session: 's', t: n, seq: n, annotation: `a${String(n)}`, face: 'f1', kind: 'micro', onset: n, apex: n,
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
