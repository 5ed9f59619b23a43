import { describe, expect, it } from 'vitest';
import { explain, rateQuality, type QualityInput } from './quality.js';

const GOOD: QualityInput = {
  eyeDistance: 90,
  light: 120,
  sharpness: 0.1,
  pose: { yaw: 0, pitch: 0, roll: 0 },
  outside: 0,
  unstable: false,
};

describe('quality', () => {
  it('is 1 for a large, bright, sharp, frontal face', () => {
    expect(rateQuality(GOOD)).toEqual({ score: 1, eyeDistance: 90, sharpness: 0.1, light: 120, faults: [] });
  });

  it.each([
    ['too_small', { eyeDistance: 30 }],
    ['too_dark', { light: 30 }],
    ['too_bright', { light: 230 }],
    ['blurred', { sharpness: 0.002 }],
  ] as const)('names %s, but leaves what it does to the readings', (fault, change) => {
    const quality = rateQuality({ ...GOOD, ...change });
    expect(quality).toMatchObject({ faults: [fault], score: 1 });
    expect(explain(quality, 0.9)).toMatchObject({ faults: [], score: 0.9 });
    expect(explain(quality, 0.2)).toMatchObject({ faults: [fault], score: 0.2 });
  });

  it.each([
    ['turned', { pose: { yaw: -0.7, pitch: 0, roll: 0 } }],
    ['turned', { pose: { yaw: 0, pitch: 0.8, roll: 0 } }],
    ['cut_off', { outside: 0.2 }],
    ['unstable', { unstable: true }],
  ] as const)('names %s, however well the face is read', (fault, change) => {
    const quality = rateQuality({ ...GOOD, ...change });
    expect(quality.faults).toEqual([fault]);
    expect(quality.score).toBeLessThanOrEqual(0.3);
    expect(explain(quality, 0.9).faults).toEqual([fault]);
  });

  it('is the same for light and dark skin', () => {
    for (const light of [46, 60, 79, 120]) expect(rateQuality({ ...GOOD, light })).toMatchObject({ score: 1, faults: [] });
  });

  it('names the worst first, and never leaves 0..1', () => {
    const quality = rateQuality({
      eyeDistance: 5,
      light: 10,
      sharpness: 0,
      pose: { yaw: 2, pitch: 0, roll: 0 },
      outside: 1,
      unstable: true,
    });
    expect(quality.faults).toEqual(['too_small', 'too_dark', 'blurred', 'turned', 'cut_off', 'unstable']);
    expect(quality.score).toBe(0);
  });

  it('does not mind roll, which registration takes out', () => {
    expect(rateQuality({ ...GOOD, pose: { yaw: 0, pitch: 0, roll: 1 } }).score).toBe(1);
  });
});
