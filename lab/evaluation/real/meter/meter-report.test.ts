import { describe, expect, it } from 'vitest';
import { meterMetrics } from './meter-report.js';
import type { RegionReading } from './read-injection.js';

const reading = (read: [number, number] | undefined): RegionReading => ({
  region: 'chin',
  truth: [2, 0],
  peak: 2,
  drawnPeak: 2,
  own: 0,
  readable: read !== undefined,
  ...(read ? { read, sigma: [0.1, 0.1] as const } : {}),
});

describe('meterMetrics', () => {
  it('counts as wrong what is off by more than was injected, and apart from that what declares itself unreadable', () => {
    const metrics = meterMetrics([reading([2, 0]), reading([1.6, 0]), reading([4.5, 0]), reading(undefined)]);
    expect(metrics).toMatchObject({ readings: 4, unreadable: 0.25, wrong: 0.25 });
    expect(metrics.wrongOfRead).toBeCloseTo(1 / 3);
    expect(metrics.gain).toBeCloseTo(0.9);
    expect(metrics.normalised?.p99).toBeCloseTo(25);
  });

  it('counts a wrong reading that declares itself unreadable as silent, and says how wrong it would have been', () => {
    const metrics = meterMetrics([{ ...reading([9, 0]), readable: false }, reading([2, 0])]);
    expect(metrics).toMatchObject({ unreadable: 0.5, wrong: 0, wrongOfRead: 0, wrongUndeclared: 0.5 });
  });
});
