import { expect, it } from 'vitest';
import { WallClock } from './wall-clock.js';

const START = 1_700_000_000_000;

it('takes the least delay for the time, and the spread of delays for the error', () => {
  const clock = new WallClock();
  expect(clock.at(1)).toBeUndefined();
  expect(clock.mediaTime(START)).toBeUndefined();
  for (let i = 0; i < 300; i++) clock.observe(i / 30, START + (i / 30) * 1000 + 40 + (i % 20));
  const wall = clock.at(5);
  expect(wall?.at).toBeCloseTo(START + 5040, 1);
  expect(wall?.error_ms).toBeGreaterThan(15);
  expect(wall?.error_ms).toBeLessThan(20);
  expect(clock.mediaTime(START + 5040)).toBeCloseTo(5, 6);
});

it('follows a clock that drifts', () => {
  const clock = new WallClock();
  for (let i = 0; i < 10_000; i++) clock.observe(i / 30, START + (i / 30) * 1000.2);
  expect(Math.abs((clock.at(10_000 / 30)?.at ?? 0) - (START + (10_000 / 30) * 1000.2))).toBeLessThan(5);
});
