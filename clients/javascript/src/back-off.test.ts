import { describe, expect, it } from 'vitest';
import { BackOff } from './back-off.js';

describe('BackOff', () => {
  it('doubles up to the longest wait', () => {
    const waits = new BackOff({ first: 100, longest: 1000, random: () => 1 });
    expect([1, 2, 3, 4, 5, 6].map(() => waits.next())).toEqual([100, 200, 400, 800, 1000, 1000]);
  });

  it('spreads over the upper half', () => {
    expect(new BackOff({ first: 100, random: () => 0 }).next()).toBe(50);
    expect(new BackOff({ first: 100, random: () => 0.5 }).next()).toBe(75);
  });

  it('waits at least as long as the server asked for', () => {
    expect(new BackOff({ first: 100 }).next(7000)).toBe(7000);
  });

  it('starts over after a success', () => {
    const waits = new BackOff({ first: 100, random: () => 1 });
    waits.next();
    waits.next();
    waits.reset();
    expect(waits.attempt).toBe(0);
    expect(waits.next()).toBe(100);
  });
});
