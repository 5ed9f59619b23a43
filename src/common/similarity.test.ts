import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apply, compose, cornerDistance, fitSimilarity, IDENTITY, invert, scaleOf } from './similarity.js';

const transform = fc.record({
  a: fc.double({ min: 0.2, max: 3, noNaN: true }),
  b: fc.double({ min: -2, max: 2, noNaN: true }),
  tx: fc.double({ min: -500, max: 500, noNaN: true }),
  ty: fc.double({ min: -500, max: 500, noNaN: true }),
});

describe('a similarity', () => {
  it('is undone by its inverse', () => {
    fc.assert(
      fc.property(transform, (s) => {
        expect(cornerDistance(compose(s, invert(s)), IDENTITY, 224)).toBeLessThan(1e-6);
      }),
    );
  });

  it('composes as functions do', () => {
    fc.assert(
      fc.property(transform, transform, (outer, inner) => {
        const [x, y] = apply(outer, ...apply(inner, 12, -7));
        const [u, v] = apply(compose(outer, inner), 12, -7);
        expect(Math.hypot(x - u, y - v)).toBeLessThan(1e-6);
        expect(scaleOf(compose(outer, inner))).toBeCloseTo(scaleOf(outer) * scaleOf(inner), 6);
      }),
    );
  });

  it('is found again from points', () => {
    const from = [0, 0, 100, 10, 40, 80, -20, 30];
    fc.assert(
      fc.property(transform, (s) => {
        const to = [0, 1, 2, 3].flatMap((i) => apply(s, from[2 * i] ?? 0, from[2 * i + 1] ?? 0));
        expect(cornerDistance(fitSimilarity(from, to), s, 100)).toBeLessThan(1e-6);
        expect(cornerDistance(fitSimilarity(from, to, [0, 2]), s, 100)).toBeLessThan(1e-6);
      }),
    );
  });

  it('is a shift where all points are one', () => {
    expect(fitSimilarity([1, 1, 1, 1], [4, 5, 4, 5])).toEqual({ a: 1, b: 0, tx: 3, ty: 4 });
  });
});
