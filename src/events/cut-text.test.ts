import { expect, it } from 'vitest';
import { cutText } from './cut-text.js';

it.each([
  ['abc', 3, 'abc'],
  ['abcd', 3, 'abc'],
  ['ab😀', 3, 'ab'],
  ['ab😀', 4, 'ab😀'],
  ['ae\u0301', 2, 'a'],
  ['👩‍👩‍👧', 5, '👩‍👩'],
  ['x👩‍👩‍👧', 8, 'x'],
  ['', 5, ''],
  ['a😀'.repeat(50), 64, `${'a😀'.repeat(21)}a`],
])('cuts %j to %i units: %j', (text, most, cut) => {
  expect(cutText(text, most)).toBe(cut);
});
