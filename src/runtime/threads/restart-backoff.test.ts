import { expect, it } from 'vitest';
import { RestartBackoff } from './restart-backoff.js';

it('doubles the delay up to a hundredfold while workers die young, and begins again after one that lived', () => {
  let now = 0;
  const backoff = new RestartBackoff(10, () => now);
  const dieAfter = (ms: number): number => {
    backoff.started();
    now += ms;
    const { delay, lived } = backoff.lost();
    expect(lived).toBe(ms);
    return delay;
  };
  expect(Array.from({ length: 9 }, () => dieAfter(500))).toEqual([10, 20, 40, 80, 160, 320, 640, 1000, 1000]);
  expect(dieAfter(60_001)).toBe(10);
  expect(dieAfter(60_000)).toBe(20);
});
