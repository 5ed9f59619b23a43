import { expect, it } from 'vitest';
import { interpolatedQuantile, quantileOfSorted } from './quantile.js';

it('takes one of the values', () => {
  const sorted = [1, 2, 3, 4];
  expect([0, 0.24, 0.25, 0.5, 0.95, 1].map((q) => quantileOfSorted(sorted, q))).toEqual([1, 1, 2, 3, 4, 4]);
  expect(quantileOfSorted([], 0.5)).toBeNaN();
});

it('interpolates between values', () => {
  expect([0, 0.5, 0.75, 1].map((q) => interpolatedQuantile([1, 2, 4], q))).toEqual([1, 2, 3, 4]);
  expect(interpolatedQuantile([7], 0.3)).toBe(7);
  expect(interpolatedQuantile([], 0.5)).toBeNaN();
});
