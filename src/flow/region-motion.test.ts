import { describe, expect, it } from 'vitest';
import { regionMotionSchema } from '../events/schema.js';
import { analyticFlow } from '../../tests/support/analytic-flow.js';
import { meanFace } from '../../tests/support/mean-face.js';
import { zeroField } from './flow-field.js';
import { headMotion } from './head-motion.js';
import { measureBox, measureRegions, NO_DIRECTION, NO_MOTION } from './region-motion.js';
import { noseBox, regionBoxes, type RegionName } from './regions.js';

const landmarks = meanFace();
const measured = (at: (x: number, y: number) => readonly [number, number]) =>
  new Map(measureRegions(analyticFlow(at), landmarks).map((roi) => [roi.region as RegionName, roi]));

describe('measureRegions', () => {
  it('sees nothing in a pure translation: the nose went along', () => {
    for (const roi of measured(() => [1.25, -0.5]).values()) {
      expect(roi).toMatchObject({ direction: NO_MOTION, angle_deg: null });
      expect(roi.mean_magnitude).toBeLessThan(1e-6);
    }
  });

  it('sees an expansion about the nose point away from it, everywhere', () => {
    const nose = noseBox(landmarks);
    const cx = nose.x + nose.width / 2;
    const cy = nose.y + nose.height / 2;
    const boxes = regionBoxes(landmarks);
    for (const [name, roi] of measured((x, y) => [0.02 * (x - cx), 0.02 * (y - cy)])) {
      const box = boxes[name];
      const dx = box.x + box.width / 2 - cx;
      const dy = box.y + box.height / 2 - cy;
      const away = ((Math.atan2(-dy, dx) * 180) / Math.PI + 360) % 360;
      const apart = Math.abs((((roi.angle_deg ?? NaN) - away + 540) % 360) - 180);
      expect(apart, name).toBeLessThan(3);
      expect(roi.concentration, name).toBeGreaterThan(0.9);
      const expected = 0.02 * Math.hypot(dx, dy);
      expect(roi.mean_magnitude, name).toBeGreaterThan(0.95 * expected);
      expect(roi.mean_magnitude, name).toBeLessThan(1.1 * expected);
      expect(roi.max_magnitude, name).toBeGreaterThan(expected);
    }
  });

  it('finds a raise of one brow where it is and nowhere else', () => {
    const brow = regionBoxes(landmarks)['Right Outer Eyebrow'];
    const bx = brow.x + brow.width / 2;
    const by = brow.y + brow.height / 2;
    const rois = measured((x, y) => [0, -1.5 * Math.exp(-((x - bx) ** 2 + (y - by) ** 2) / (2 * 7 ** 2))]);
    const roi = rois.get('Right Outer Eyebrow');
    expect(roi).toMatchObject({ direction: 'up' });
    expect(roi?.angle_deg).toBeCloseTo(90, 6);
    expect(roi?.concentration).toBeCloseTo(1, 6);
    expect(roi?.max_magnitude).toBeGreaterThan(1.45);
    expect(roi?.mean_magnitude).toBeGreaterThan(1.2);
    for (const name of ['Left Outer Eyebrow', 'Left Inner Eyebrow', 'Left Mouth Corner', 'Chin', 'Left Cheek'] as const) {
      expect(rois.get(name)?.direction, name).toBe(NO_MOTION);
    }
  });

  it('gives what the event schema takes', () => {
    for (const roi of measured((x, y) => [Math.sin(x), Math.cos(y * 3)]).values())
      expect(regionMotionSchema.safeParse(roi).error).toBeUndefined();
  });

  it('refuses landmarks that are none', () => {
    expect(() => measureRegions(zeroField(224, 224), new Float32Array(10))).toThrow(/468/);
    expect(() => measureRegions(zeroField(224, 224), new Float32Array(936).fill(NaN))).toThrow(/finite/);
  });
});

describe('measureBox', () => {
  const box = { x: 10, y: 10, width: 8, height: 8 };

  it.each([
    [0, 'right'],
    [44, 'up-right'],
    [68, 'up'],
    [90, 'up'],
    [135, 'up-left'],
    [180, 'left'],
    [225, 'down-left'],
    [270, 'down'],
    [315, 'down-right'],
    [350, 'right'],
  ] as const)('says %d degrees in words', (angle, word) => {
    const radians = (angle * Math.PI) / 180;
    const roi = measureBox(
      analyticFlow(() => [Math.cos(radians), -Math.sin(radians)]),
      box,
    );
    expect(roi.direction).toBe(word);
    expect(roi.angle_deg).toBeCloseTo(angle, 4);
    expect(roi).toMatchObject({ concentration: 1 });
  });

  it('names no direction where motion cancels out', () => {
    const roi = measureBox(
      analyticFlow((x) => [x < 14 ? 1 : -1, 0]),
      box,
    );
    expect(roi).toMatchObject({ mean_magnitude: 1, max_magnitude: 1, direction: NO_DIRECTION, angle_deg: null, concentration: 0 });
  });

  it('takes the true maximum, and the part of a box that is in the image', () => {
    const field = analyticFlow((x, y) => (x < 1 && y < 1 ? [3, 4] : [0, 1]));
    expect(measureBox(field, { x: -4, y: -4, width: 6, height: 6 })).toMatchObject({ max_magnitude: 5, mean_magnitude: 2 });
    expect(measureBox(field, { x: 300, y: 300, width: 6, height: 6 })).toMatchObject({ mean_magnitude: 0, direction: NO_MOTION });
  });
});

describe('headMotion', () => {
  it('is the translation and rotation of the field over the face', () => {
    const angle = 0.02;
    const motion = headMotion(
      analyticFlow((x, y) => [0.5 - Math.tan(angle) * (y - 112), -0.25 + Math.tan(angle) * (x - 112)]),
      landmarks,
    );
    expect(motion.rotation).toBeCloseTo(angle, 6);
    expect(motion.u).toBeCloseTo(0.5, 0);
  });

  it('is nothing without landmarks in the image', () => {
    expect(headMotion(zeroField(224, 224), new Float32Array(936).fill(-50))).toEqual({ u: 0, v: 0, rotation: 0 });
  });
});
