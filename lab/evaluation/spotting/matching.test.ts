import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { iou, matchOneToOne } from './matching.js';

const span = (onset: number, offset: number) => ({ onset, offset });

describe('iou', () => {
  it.each([
    [span(0, 1), span(0, 1), 1],
    [span(0, 2), span(1, 3), 1 / 3],
    [span(0, 1), span(1, 2), 0],
    [span(0, 4), span(1, 3), 0.5],
  ])('of %o and %o is %d', (a, b, expected) => {
    expect(iou(a, b)).toBeCloseTo(expected, 12);
    expect(iou(b, a)).toBe(iou(a, b));
  });
});

describe('matchOneToOne', () => {
  it('gives a truth to one window only, the better one', () => {
    expect(matchOneToOne([span(0, 1), span(0, 0.8)], [span(0, 0.8)], 0.5)).toEqual([undefined, 0]);
  });

  it('counts an overlap of exactly one half, 32-bit rounding included', () => {
    expect(matchOneToOne([span(0, 0.2)], [span(0, 0.4)], 0.5)).toEqual([0]);
    expect(matchOneToOne([span(Math.fround(0.1), Math.fround(0.3))], [span(Math.fround(0.1), Math.fround(0.5))], 0.5)).toEqual([0]);
    expect(matchOneToOne([span(0, 0.199)], [span(0, 0.4)], 0.5)).toEqual([undefined]);
  });

  it('never pairs twice, and never below the limit', () => {
    const spans = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 10 })).map(([at, long]) => span(at, at + long)),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(spans, spans, (windows, truths) => {
        const matched = matchOneToOne(windows, truths, 0.5);
        const taken = matched.filter((t) => t !== undefined);
        expect(new Set(taken).size).toBe(taken.length);
        matched.forEach((t, w) => {
          if (t !== undefined) expect(iou(windows[w]!, truths[t]!)).toBeGreaterThanOrEqual(0.5 - 1e-6);
        });
      }),
    );
  });
});
