import { expect, it } from 'vitest';
import { bytes, clock, milliseconds, percent, span, words } from './format.js';

it('writes times', () => {
  expect(clock(0)).toBe('0:00.000');
  expect(clock(72.0406)).toBe('1:12.041');
  expect(clock(59.9999)).toBe('1:00.000');
  expect(span(1.2, 1.38)).toBe('180 ms');
  expect(span(1.2, null)).toBe('–');
  expect(milliseconds(41.6)).toBe('42 ms');
  expect(milliseconds(null)).toBe('–');
});

it('writes numbers', () => {
  expect(percent(0.815)).toBe('82 %');
  expect(bytes(1_250_000)).toBe('1.3 MB');
  expect(words('brow_inner_left')).toBe('brow inner left');
});
