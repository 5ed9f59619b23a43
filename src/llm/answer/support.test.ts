import { describe, expect, it } from 'vitest';
import type { RegionMotion } from '../../events/schema.js';
import { flagUnsupported, isSupported, supportedSide } from './support.js';

const moved = (region: string, angle: number | null, mean = 0.6): RegionMotion => ({
  region,
  mean_magnitude: mean,
  max_magnitude: mean * 1.4,
  direction: 'up',
  angle_deg: angle,
  concentration: 0.9,
});

describe('isSupported', () => {
  it('asks for a region that could show the unit, moving a way that fits', () => {
    expect(isSupported(12, 'both', [moved('Right Mouth Corner', 40)])).toBe(true);
    expect(isSupported(12, 'both', [moved('Left Mouth Corner', 140)])).toBe(true);
    expect(isSupported(12, 'both', [moved('Right Mouth Corner', 260)])).toBe(false);
    expect(isSupported(4, 'both', [moved('Right Mouth Corner', 40)])).toBe(false);
  });

  it("takes sides for the person's own: the person's left is the image's right", () => {
    expect(isSupported(2, 'left', [moved('Right Outer Eyebrow', 90)])).toBe(true);
    expect(isSupported(2, 'right', [moved('Right Outer Eyebrow', 90)])).toBe(false);
  });

  it('narrows what is claimed for both sides to the one that moved', () => {
    const right = moved('Right Mouth Corner', 40),
      left = moved('Left Mouth Corner', 140);
    expect(supportedSide(12, 'both', [right, left])).toBe('both');
    expect(supportedSide(12, 'both', [right, { ...left, mean_magnitude: 0.05 }])).toBe('left');
    expect(supportedSide(12, 'both', [left])).toBe('right');
    expect(supportedSide(12, 'right', [right])).toBeUndefined();
    expect(supportedSide(17, 'both', [moved('Chin', 90)])).toBe('both');
  });

  it('does not take noise for motion', () => {
    expect(isSupported(17, 'both', [moved('Chin', 90, 0.05)])).toBe(false);
  });

  it('flags and hides nothing', () => {
    const units = [
      { au: 'AU1', side: 'both', confidence: 0.9 },
      { au: 'AU24', side: 'both', confidence: 0.4 },
    ] as const;
    expect(flagUnsupported(units, [moved('Left Inner Eyebrow', 80)])).toEqual([units[0], { ...units[1], unsupported: true }]);
  });
});
