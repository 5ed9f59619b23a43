import { describe, expect, it } from 'vitest';
import { MOTION_REGIONS, UNREADABLE } from '../contract.js';
import { ReadingQuality } from './reading-quality.js';

const sigmas = (of: (region: number) => number): Float32Array =>
  Float32Array.from({ length: 2 * MOTION_REGIONS.length }, (_, c) => of(c >> 1));

describe('ReadingQuality', () => {
  it('is 1 where a mouth is lost and the rest is read well', () => {
    expect(
      new ReadingQuality().update(
        sigmas((r) => (r >= 11 ? UNREADABLE : 0.2)),
        0,
      ),
    ).toBe(1);
  });

  it('falls with the number of regions that can be read, and with how well', () => {
    expect(
      new ReadingQuality().update(
        sigmas(() => UNREADABLE),
        0,
      ),
    ).toBe(0);
    expect(
      new ReadingQuality().update(
        sigmas((r) => (r < 5 ? 0.2 : UNREADABLE)),
        0,
      ),
    ).toBeCloseTo(5 / 10.5);
    expect(
      new ReadingQuality().update(
        sigmas(() => 0.79),
        0,
      ),
    ).toBeCloseTo(0.5);
  });

  it('does not follow a single frame', () => {
    const quality = new ReadingQuality();
    quality.update(
      sigmas(() => 0.1),
      0,
    );
    expect(
      quality.update(
        sigmas(() => UNREADABLE),
        1 / 30,
      ),
    ).toBeGreaterThan(0.85);
  });
});
