import { describe, expect, it } from 'vitest';
import { DecodeBudget } from './decode-budget.js';

/** Frames of `cost` ms every `interval` ms for ten seconds; gives the share that was decoded. */
function decoded(cost: number, interval: number): number {
  const budget = new DecodeBudget({ share: 0.4, burst: 600 });
  let done = 0;
  let frames = 0;
  for (let now = 0; now < 10_000; now += interval, frames++) {
    if (!budget.admits(now)) continue;
    budget.spend(cost);
    done++;
  }
  return done / frames;
}

describe('DecodeBudget', () => {
  it('never stops a publisher within its share', () => {
    expect(decoded(13, 33)).toBe(1);
  });
  it('lets one through that is heavy for a moment', () => {
    const budget = new DecodeBudget({ burst: 600 });
    budget.admits(0);
    budget.spend(500);
    expect(budget.admits(1)).toBe(true);
  });
  it('holds a heavy one to its share', () => {
    expect(decoded(30, 16)).toBeGreaterThan(0.15);
    expect(decoded(30, 16) * (30 / 16)).toBeLessThan(0.5);
  });
  it('does not punish one giant frame for ever', () => {
    const budget = new DecodeBudget({ share: 0.4, burst: 600 });
    budget.admits(0);
    budget.spend(60_000);
    expect(budget.admits(1000)).toBe(false);
    expect(budget.admits(3000)).toBe(true);
  });
});
