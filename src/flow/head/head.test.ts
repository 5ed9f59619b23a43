import { describe, expect, it } from 'vitest';
import { analyticFlow } from '../../../tests/support/analytic-flow.js';
import { meanFace } from '../../../tests/support/mean-face.js';
import { zeroField } from '../flow-field.js';
import { measureExpression } from '../region-motion.js';
import { regionBoxes } from '../regions.js';
import { addCoarse, coarseMotion, warpBack } from './coarse-motion.js';
import { faceMask } from './face-outline.js';
import { faceRelief } from './face-relief.js';
import { matchError } from './match-error.js';
import { fitRigid, type MovedPoint } from './rigid-motion.js';
import { separateHead } from './separate.js';

const landmarks = meanFace();
const relief = faceRelief(landmarks);
const none = new Float32Array(2 * 224 * 224);
const still = zeroField(224, 224).data;

/** Flow of a head that turns about the vertical axis through the face, by the relief itself. */
const turning = (degrees: number): ReturnType<typeof analyticFlow> => {
  const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return analyticFlow((x, y) => [c * (x - 112) + s * relief.depthAt(x, y) - (x - 112), 0]);
};
const brow =
  (lift: number) =>
  (x: number, y: number): number => {
    const box = regionBoxes(landmarks)['Right Inner Eyebrow'];
    return -lift * Math.exp(-((x - box.x - box.width / 2) ** 2 + (y - box.y - box.height / 2) ** 2) / (2 * 9 ** 2));
  };
const regions = (flow: ReturnType<typeof separateHead>) =>
  new Map(measureExpression(flow.expression, landmarks, () => 0.1).map((roi) => [roi.region, roi]));

describe('faceRelief', () => {
  it('has the nose before the eyes and the temples behind them', () => {
    const depth = (index: number): number => relief.depths[index] ?? NaN;
    expect(depth(4)).toBeLessThan(depth(133) - 20);
    expect(depth(127)).toBeGreaterThan(depth(33) + 20);
    expect(relief.depthAt(landmarks[8] ?? 0, landmarks[9] ?? 0)).toBeCloseTo(depth(4), -1);
  });
});

describe('fitRigid', () => {
  const points = (stray: number): MovedPoint[] =>
    Array.from({ length: 60 }, (_, i) => {
      const [x, y, z] = [20 * Math.cos(i), 25 * Math.sin(2.3 * i), 20 * Math.cos(3.1 * i)];
      const turn = 0.1;
      return { x, y, z, u: Math.cos(turn) * x + Math.sin(turn) * z - x + 1.5, v: i < stray ? -3 : -0.5, sigma: 1 };
    });

  it.each([0, 15])('finds a turn and a shift though %d of 60 points went their own way', (stray) => {
    const fit = fitRigid(points(stray));
    expect(((fit?.parameters[4] ?? 0) * 180) / Math.PI).toBeCloseTo(5.73, 0);
    expect(fit?.residual).toBeLessThan(0.1);
    const at = fit?.at(3, 4, 5) ?? [0, 0];
    expect(at[1]).toBeCloseTo(-0.5, 1);
    expect(fit?.errorAt(3, 4, 5)).toBeLessThan(0.2);
  });

  it('has nothing to say of a few points', () => {
    expect(fitRigid(points(0).slice(0, 9))).toBeUndefined();
  });
});

describe('separateHead', () => {
  it.each([2, 6, -10])('leaves nothing of a head that turns by %d degrees', (degrees) => {
    const flow = separateHead({ facial: turning(degrees).data, head: none }, landmarks);
    expect(flow.method).toBe('geometry');
    for (const [name, { mean_magnitude: mean }] of regions(flow)) expect(mean, name).toBeLessThan(0.08);
  });

  it('leaves a brow raise beneath a turn', () => {
    const turn = turning(4).data;
    const lift = brow(2);
    const raise = analyticFlow((x, y) => [0, lift(x, y)]).data;
    const found = regions(separateHead({ facial: turn.map((value, i) => value + (raise[i] ?? 0)), head: none }, landmarks));
    expect(found.get('Right Inner Eyebrow')).toMatchObject({ direction: 'up' });
    expect(found.get('Right Inner Eyebrow')?.mean_magnitude).toBeGreaterThan(1.3);
    expect(found.get('Left Mouth Corner')?.mean_magnitude).toBeLessThan(0.15);
  });

  it("has no expression outside the face's outline, whatever hair and background do", () => {
    const mask = faceMask(landmarks, 224, 224);
    const { expression } = separateHead(
      { facial: analyticFlow((x, y) => (mask[Math.floor(y) * 224 + Math.floor(x)] === 1 ? [0, 0] : [9, -9])).data, head: none },
      landmarks,
    );
    expect(Math.max(...expression.data.map(Math.abs))).toBe(0);
    expect(mask[112 * 224 + 112]).toBe(1);
    expect(mask[5 * 224 + 5]).toBe(0);
  });

  it("falls back on the network's head flow where the face is outside the crop", () => {
    expect(
      separateHead(
        { facial: still, head: none },
        landmarks.map((value) => value + 1000),
      ).method,
    ).toBe('network');
  });
});

describe('coarseMotion', () => {
  it('leaves jitter and small motion to the network alone', () => {
    expect(
      coarseMotion(
        landmarks,
        landmarks.map((value, i) => value + 0.6 * Math.sin(7 * i)),
      ),
    ).toBeUndefined();
  });

  it('follows landmarks that went far, and brings the apex back', () => {
    const coarse = coarseMotion(
      landmarks,
      landmarks.map((value, i) => value + (i % 2 === 0 ? 4 : -6)),
    );
    const at = 120 * 224 + 112;
    expect(coarse?.data[at]).toBeCloseTo(4, 3);
    expect(coarse?.data[224 * 224 + at]).toBeCloseTo(-6, 3);
    if (!coarse) return;
    const picture = Float32Array.from({ length: 224 * 224 }, (_, i) => (i % 224) + 2 * Math.floor(i / 224));
    expect(warpBack(picture, coarse)[at]).toBeCloseTo((picture[at] ?? 0) + 4 - 12, 2);
    expect(addCoarse(still, coarse)[at]).toBeCloseTo(4, 3);
  });
});

describe('matchError', () => {
  const picture = (dx: number): Float32Array =>
    Float32Array.from({ length: 224 * 224 }, (_, i) => 128 + 40 * Math.sin(((i % 224) - dx) / 4) + 40 * Math.sin(Math.floor(i / 224) / 5));
  const box = { x: 90, y: 90, width: 16, height: 16 };

  it('is about as large as a flow is off', () => {
    for (const off of [0.5, 1, 1.5]) {
      const error = matchError(picture(0), picture(off), zeroField(224, 224), box);
      expect(error).toBeGreaterThan(0.5 * off);
      expect(error).toBeLessThan(1.5 * off);
    }
  });

  it('is nothing for a match, also in other light', () => {
    expect(
      matchError(
        picture(0),
        picture(2),
        analyticFlow(() => [2, 0]),
        box,
      ),
    ).toBeLessThan(0.05);
    expect(
      matchError(
        picture(0),
        picture(0).map((value) => value + 12),
        zeroField(224, 224),
        box,
      ),
    ).toBe(0);
  });
});
