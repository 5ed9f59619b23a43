import { expect, it } from 'vitest';
import { bestStretch, surplus, type Stretch } from './segments.js';

it('chooses the stretch that holds the whole moment and is ready first', () => {
  const stretches = [
    { from: 0, to: 15 },
    { from: 10, to: 25 },
    { from: 20, to: Infinity },
  ];
  expect(bestStretch(stretches, 11, 12)?.from).toBe(0);
  expect(bestStretch(stretches, 14, 17)?.from).toBe(10);
  expect(bestStretch(stretches, 26, 27)?.from).toBe(20);
  expect(bestStretch(stretches, 8, 19)?.from).toBe(10);
  expect(bestStretch(stretches, -5, -1)).toBeUndefined();
  expect(bestStretch<Stretch>([], 0, 1)).toBeUndefined();
});

it('drops the oldest until the rest fits', () => {
  expect(surplus([5, 5, 5], 20)).toBe(0);
  expect(surplus([5, 5, 5], 10)).toBe(1);
  expect(surplus([50], 10)).toBe(1);
});
