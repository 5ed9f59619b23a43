import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PacketIndex, ReplayWindow, rollover } from './packet-index.js';

describe('PacketIndex', () => {
  /** Sends the packets of these indices; gives those that were taken. */
  const take = (indices: readonly number[]): number[] => {
    const source = new PacketIndex();
    return indices.filter((index) => {
      const guess = source.guess(index % 65_536);
      if (guess === index) source.take(index);
      return guess === index;
    });
  };

  it('counts over wraps, and over losses about a wrap', () => {
    expect(take([65_000, 65_535, 65_536, 65_540])).toEqual([65_000, 65_535, 65_536, 65_540]);
    // werift 0.24 forgets its rollover counter here.
    expect(take([65_400, 65_536 + 20, 65_536 + 21, 65_520])).toEqual([65_400, 65_556, 65_557, 65_520]);
    expect(take(Array.from({ length: 100 }, (_, step) => 100 + step * 30_000))).toHaveLength(100);
  });

  it('takes each packet once, late ones too, and none from long ago', () => {
    expect(take([1, 2, 2, 4, 3, 3, 1, 1030, 5, 7])).toEqual([1, 2, 4, 3, 1030, 7]);
  });

  it('is not moved by packets that prove forged', () => {
    const source = new PacketIndex();
    source.take(50);
    for (let sequence = 0; sequence < 65_536; sequence += 777) source.guess(sequence);
    expect(source.guess(51)).toBe(51);
    expect(source.guess(50)).toBeUndefined();
  });

  it('knows no time before the first wrap', () => {
    const source = new PacketIndex();
    source.take(3);
    expect(source.guess(65_530)).toBeUndefined();
    expect(rollover(65_536 * 3 + 2)).toBe(3);
  });

  it('takes what comes in any order within half the window exactly once', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 200_000 }),
        fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 200 }),
        (start, steps) => {
          const sent = steps.map((step, at) => (at === 0 ? start % 65_536 : (start % 65_536) + 600 + step));
          expect(take(sent).sort((a, b) => a - b)).toEqual([...new Set(sent)].sort((a, b) => a - b));
        },
      ),
    );
  });
});

describe('ReplayWindow', () => {
  it('forgets what a long jump leaves behind, without taking it again', () => {
    const window = new ReplayWindow();
    for (const index of [0, 5, 5000]) window.take(index);
    expect([0, 5, 4999, 3976, 3977, 5000].map((index) => window.admits(index))).toEqual([false, false, true, false, true, false]);
    expect(window.admits(-1)).toBe(false);
  });
});
