import { describe, expect, it } from 'vitest';
import { meterFigures } from './meter-report.js';
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

describe('meterFigures', () => {
  it('counts as wrong what is off by more than was injected, and apart from that what declares itself unreadable', () => {
    const figures = meterFigures([reading([2, 0]), reading([1.6, 0]), reading([4.5, 0]), reading(undefined)]);
    expect(figures).toMatchObject({ readings: 4, unreadable: 0.25, wrong: 0.25 });
    expect(figures.wrongOfRead).toBeCloseTo(1 / 3);
    expect(figures.gain).toBeCloseTo(0.9);
    expect(figures.normalised?.p99).toBeCloseTo(25);
  });

  it('counts a wrong reading that declares itself unreadable as silent, and says how wrong it would have been', () => {
    const figures = meterFigures([{ ...reading([9, 0]), readable: false }, reading([2, 0])]);
    expect(figures).toMatchObject({ unreadable: 0.5, wrong: 0, wrongOfRead: 0, wrongUndeclared: 0.5 });
  });
});
