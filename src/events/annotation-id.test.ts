import { expect, it } from 'vitest';
import { annotationId, sessionOf } from './annotation-id.js';

it.each([
  ['sAbC123', 1],
  ['s-with-dashes', 20],
  ['a:b', 3],
])('finds the session of an annotation again: %s, %i', (session, n) => {
  expect(sessionOf(annotationId(session, n))).toBe(session);
});

it.each(['', 'x', '-', '-1', 'x:f1:1'])('finds none in %j', (id) => {
  expect(sessionOf(id)).toBe('');
});
