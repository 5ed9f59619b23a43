import { expect, it } from 'vitest';
import { ServerBreaker } from './server-breaker.js';

it('leaves out a server that failed, for longer each time, until it works', () => {
  let now = 0;
  const breaker = new ServerBreaker(() => now);
  const pauses: (number | undefined)[] = [];
  for (let i = 0; i < 6; i++) {
    expect(breaker.admits('stun')).toBe(true);
    const pause = breaker.failed('stun');
    expect(breaker.failed('stun')).toBeUndefined();
    expect(breaker.admits('stun')).toBe(false);
    expect(breaker.admits('other')).toBe(true);
    pauses.push(pause);
    now += pause ?? 0;
  }
  expect(pauses).toEqual([30_000, 60_000, 120_000, 240_000, 300_000, 300_000]);
  expect([breaker.worked('stun'), breaker.worked('stun')]).toEqual([true, false]);
  expect(breaker.failed('stun')).toBe(30_000);
});
