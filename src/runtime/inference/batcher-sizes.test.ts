import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BATCH_SIZES, linearCost, planBatch } from './batcher-sizes.js';

describe('planBatch', () => {
  it('splits where cost is linear', () => {
    expect(planBatch(5, BATCH_SIZES, (size) => 25 * size)).toEqual({ take: 4, size: 4 });
    expect(planBatch(3, BATCH_SIZES, linearCost)).toEqual({ take: 2, size: 2 });
  });

  it('pads where a larger batch is nearly free', () => {
    expect(planBatch(5, BATCH_SIZES, (size) => 3 + 0.1 * size)).toEqual({ take: 5, size: 8 });
    expect(planBatch(33, BATCH_SIZES, (size) => 3 + 0.1 * size)).toEqual({ take: 32, size: 32 });
  });

  it('avoids a size that was measured to be bad', () => {
    const cost = (size: number): number => (size === 8 ? 1000 : 25 * size);
    expect(planBatch(8, [1, 2, 4, 8], cost)).toEqual({ take: 4, size: 4 });
  });

  it('never takes more than wait or fit, and always picks a warmed size', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.uniqueArray(fc.integer({ min: 1, max: 32 }), { minLength: 1, maxLength: 5 }),
        fc.double({ min: 0, max: 5, noNaN: true }),
        (waiting, raw, overhead) => {
          const sizes = [...raw].sort((a, b) => a - b);
          const plan = planBatch(waiting, sizes, (size) => overhead + size);
          expect(sizes).toContain(plan.size);
          expect(plan.take).toBeGreaterThanOrEqual(1);
          expect(plan.take).toBeLessThanOrEqual(Math.min(waiting, plan.size));
        },
      ),
    );
  });

  it('refuses senseless input', () => {
    expect(() => planBatch(0, [1], linearCost)).toThrow(RangeError);
    expect(() => planBatch(1, [], linearCost)).toThrow(RangeError);
  });
});
