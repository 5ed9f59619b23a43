import { expect, it } from 'vitest';
import { nearestByTime } from './nearest-by-time.js';

it('finds the nearest item, the first of two as near, none beyond the limit', () => {
  const items = [{ t: 0 }, { t: 1 }, { t: 3 }];
  expect(nearestByTime(items, 2)).toBe(items[1]);
  expect(nearestByTime(items, 9)).toBe(items[2]);
  expect(nearestByTime(items, 3.5, 0.5)).toBe(items[2]);
  expect(nearestByTime(items, 9, 5)).toBeUndefined();
  expect(nearestByTime<{ t: number }>([], 0)).toBeUndefined();
});
