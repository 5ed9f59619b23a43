import { describe, expect, it } from 'vitest';
import { meanFace } from '../../../tests/support/mean-face.js';
import type { RegionMotion } from '../../events/schema.js';
import { faceRelief } from './face-relief.js';
import { browMotion, withBrows } from './landmark-motion.js';

const onset = meanFace();
const BROW = [296, 336, 295, 285];

/** The face turned about its vertical axis, with the brow at the image's right raised. */
function turned(degrees: number, lift: number): Float32Array {
  const { depths } = faceRelief(onset);
  const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return onset.map((value, i) =>
    i % 2 === 0 ? 112 + c * (value - 112) + s * (depths[i / 2] ?? 0) : value - (BROW.includes((i - 1) / 2) ? lift : 0),
  );
}

describe('browMotion', () => {
  it('reads a raised brow on a head that turns, and less surely the more it turns', () => {
    const still = browMotion(onset, turned(0, 2)).get('Right Inner Eyebrow');
    const turning = browMotion(onset, turned(8, 2)).get('Right Inner Eyebrow');
    for (const brow of [still, turning]) expect(brow?.up).toBeCloseTo(2, 0);
    expect(turning?.sigma).toBeGreaterThan(still?.sigma ?? NaN);
  });

  it("has none that its error may be, as of a turning head's still brows", () => {
    expect(browMotion(onset, turned(0, 0.4)).get('Right Inner Eyebrow')).toMatchObject({ right: 0, up: 0 });
    for (const { right, up } of browMotion(onset, turned(8, 0)).values()) expect(Math.hypot(right, up)).toBe(0);
  });
});

describe('withBrows', () => {
  const roi = (region: string, sigma?: number): RegionMotion => ({
    region,
    mean_magnitude: 1,
    max_magnitude: 1.5,
    direction: 'up',
    angle_deg: 90,
    concentration: 1,
    ...(sigma === undefined ? {} : { sigma }),
  });
  const brows = new Map([['Right Inner Eyebrow', { right: 0, up: 3, sigma: 0.4 }]]);

  it('joins both readings by their errors, and is surer than each', () => {
    const [joined, cheek] = withBrows([roi('Right Inner Eyebrow', 0.4), roi('Right Cheek', 0.4)], brows);
    expect(joined).toMatchObject({ direction: 'up', mean_magnitude: 2 });
    expect(joined?.sigma).toBeCloseTo(0.4 / Math.SQRT2);
    expect(cheek).toEqual(roi('Right Cheek', 0.4));
  });

  it('hardly heeds landmarks where flow is sure', () => {
    expect(withBrows([roi('Right Inner Eyebrow', 0.06)], brows)[0]?.mean_magnitude).toBeCloseTo(1, 1);
  });
});
