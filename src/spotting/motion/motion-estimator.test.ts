import { beforeAll, describe, expect, it } from 'vitest';
import { PortraitCrops, type Displacement } from '../../../tests/support/portrait-crops.js';
import { isReadable, MOTION_REGIONS, UNREADABLE, type MotionRegion, type MotionSample } from '../contract.js';
import { MotionEstimator } from './motion-estimator.js';
import { REGION_PLACES } from './places.js';

const still: Displacement = () => [0, 0];

let portrait: PortraitCrops;
beforeAll(async () => {
  portrait = await PortraitCrops.open(3);
});

/** Moves a region's patch as a whole; the skin around it follows less and less. */
function moved(region: MotionRegion, u: number, v: number): Displacement {
  const { landmarks, half } = REGION_PLACES[MOTION_REGIONS.indexOf(region)]!;
  const x = landmarks.reduce((sum, i) => sum + portrait.inCrop[i]![0], 0) / landmarks.length;
  const y = landmarks.reduce((sum, i) => sum + portrait.inCrop[i]![1], 0) / landmarks.length;
  return (px, py) => {
    const beyond = Math.max(Math.abs(px - x) - half[0] - 2, Math.abs(py - y) - half[1] - 2, 0) / 9;
    const share = beyond >= 1 ? 0 : 0.5 + 0.5 * Math.cos(Math.PI * beyond);
    return [u * share, v * share];
  };
}

const at = (sample: MotionSample, region: MotionRegion): readonly [number, number] => {
  const r = MOTION_REGIONS.indexOf(region);
  return [sample.motion[2 * r]!, sample.motion[2 * r + 1]!];
};

/** A meter that has seen the reference and a few still frames, and where it saw the regions rest. */
function begun(noise: number): MotionEstimator & { rest: (c: number) => number } {
  const meter = new MotionEstimator();
  const samples = Array.from({ length: 9 }, (_, index) => meter.measure(portrait.face(index, portrait.crop(still, noise)))).slice(1);
  return Object.assign(meter, { rest: (c: number) => samples.reduce((sum, { motion }) => sum + motion[c]! / samples.length, 0) });
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;

describe('MotionEstimator', () => {
  // The head is free to turn, which costs some of its noise where the image has much.
  it.each([
    [2, 0.05],
    [4, 0.07],
  ])('reads known displacements of each region at noise %i to %f px (median)', (noise, most) => {
    const errors: number[] = [];
    let turn = 0;
    for (const region of MOTION_REGIONS) {
      const meter = begun(noise);
      [0.4, 1.1, 2].forEach((length, k) => {
        turn += 2.4;
        const [u, v] = [length * Math.cos(turn), length * Math.sin(turn)];
        const [readU, readV] = at(meter.measure(portrait.face(9 + k, portrait.crop(moved(region, u, v), noise))), region);
        const r = 2 * MOTION_REGIONS.indexOf(region);
        errors.push(Math.abs(readU - meter.rest(r) - u), Math.abs(readV - meter.rest(r + 1) - v));
      });
    }
    expect(median(errors)).toBeLessThan(most);
    expect(errors.sort((a, b) => a - b)[Math.floor(0.9 * errors.length)]).toBeLessThan(0.3);
  });

  it('reads a light that changes as no motion', () => {
    const meter = begun(2);
    const { motion } = meter.measure(portrait.face(9, portrait.crop(still, 2, 0.8, 15)));
    expect(Math.max(...motion.map(Math.abs))).toBeLessThan(0.2);
    expect(median([...motion.map(Math.abs)])).toBeLessThan(0.05);
  });

  it('reads what registration left over as no motion', () => {
    const meter = begun(1);
    const { motion } = meter.measure(
      portrait.face(
        9,
        portrait.crop((x, y) => [0.5 + 0.004 * (y - 112), -0.4 - 0.004 * (x - 112)], 1),
      ),
    );
    expect(Math.max(...motion.map(Math.abs))).toBeLessThan(0.15);
  });

  it('does not let an expression leak into other regions', () => {
    const meter = begun(1);
    const sample = meter.measure(portrait.face(9, portrait.crop(moved('mouth_corner_left', -1, -1.5), 1)));
    for (const region of ['brow_inner_left', 'brow_inner_right', 'brow_outer_right', 'mouth_corner_right', 'nose_right', 'chin'] as const) {
      expect(Math.hypot(...at(sample, region))).toBeLessThan(0.12);
    }
  });

  it('states its own noise', () => {
    const meter = begun(3);
    const samples = Array.from({ length: 40 }, (_, k) => meter.measure(portrait.face(9 + k, portrait.crop(still, 3))));
    const ratios = Array.from({ length: 2 * MOTION_REGIONS.length }, (_, c) => {
      const values = samples.map(({ motion }) => motion[c]!);
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      const spread = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
      return spread / samples.at(-1)!.sigma[c]!;
    });
    expect(median(ratios)).toBeGreaterThan(0.4);
    expect(median(ratios)).toBeLessThan(1.5);
  });

  it('does not take a light that flickers for noise', () => {
    const steady = begun(1),
      flickering = begun(1);
    for (let k = 0; k < 30; k++) {
      const rest = steady.measure(portrait.face(9 + k, portrait.crop(still, 1)));
      const { sigma } = flickering.measure(portrait.face(9 + k, portrait.crop(still, 1, 1, k % 2 ? 8 : -8)));
      if (k < 29) continue;
      expect(median([...sigma])).toBeLessThan(1.5 * median([...rest.sigma]));
      expect(sigma.every((value) => value < UNREADABLE)).toBe(true);
    }
  });

  it('goes on over a new reference where the old registration of the frame is there', () => {
    const meter = begun(1);
    const raised = moved('brow_inner_left', 0, -1.2);
    meter.measure(portrait.face(9, portrait.crop(raised, 1)));
    const bridged = meter.measure(
      portrait.face(10, portrait.crop(raised, 1), { reference: 1, isReference: true, cropInPreviousReference: portrait.crop(raised, 1) }),
    );
    expect(bridged.epoch).toBe(0);
    expect(at(bridged, 'brow_inner_left')[1]).toBeCloseTo(-1.2, 0.8);
    // The new template shows the raised brow: at rest it has moved down from there.
    const rest = meter.measure(portrait.face(11, portrait.crop(still, 1), { reference: 1 }));
    expect(Math.abs(at(rest, 'brow_inner_left')[1])).toBeLessThan(0.15);
  });

  it('says that a covered region cannot be read, holds its motion, and leaves the others alone', () => {
    const meter = begun(1);
    const brow = MOTION_REGIONS.indexOf('brow_outer_left');
    const [x, y] = portrait.inCrop[63]!;
    const covered = (): Float32Array => {
      const crop = portrait.crop(still, 1);
      for (let j = -14; j < 14; j++)
        for (let i = -16; i < 16; i++) crop[Math.round(y + j) * 224 + Math.round(x + i)] = 40 + 30 * Math.sin(i) * Math.cos(2 * j);
      return crop;
    };
    const before = meter.measure(portrait.face(9, portrait.crop(still, 1)));
    const hidden = [10, 11, 12, 13].map((index) => meter.measure(portrait.face(index, covered())));
    for (const sample of hidden) {
      expect(isReadable(sample, brow)).toBe(false);
      expect(at(sample, 'brow_outer_left')).toEqual(at(before, 'brow_outer_left'));
      for (const region of ['brow_outer_right', 'cheek_right', 'mouth_corner_left', 'chin'] as const) {
        expect(isReadable(sample, MOTION_REGIONS.indexOf(region))).toBe(true);
        expect(Math.hypot(...at(sample, region))).toBeLessThan(0.25);
      }
    }
    const again = [14, 15, 16].map((index) => meter.measure(portrait.face(index, portrait.crop(still, 1)))).at(-1)!;
    expect(isReadable(again, brow)).toBe(true);
    expect(Math.hypot(...at(again, 'brow_outer_left'))).toBeLessThan(0.15);
  });

  it('does not follow a template away from the landmarks', () => {
    const meter = begun(1);
    // The mouth jumps by 6 px while its landmarks stay.
    const landmarks = portrait.landmarks;
    for (let index = 9; index < 30; index++) {
      const sample = meter.measure(
        portrait.face(
          index,
          portrait.crop((x, y) => [0, index % 2 ? 6 * Math.exp(-((x - 112) ** 2 + (y - 175) ** 2) / 200) : 0], 1),
          { landmarks },
        ),
      );
      for (let r = 0; r < MOTION_REGIONS.length; r++)
        if (isReadable(sample, r)) expect(Math.hypot(sample.motion[2 * r]!, sample.motion[2 * r + 1]!)).toBeLessThan(5);
    }
  });

  it('counts an epoch where it is not', () => {
    const meter = begun(1);
    const sample = meter.measure(portrait.face(10, portrait.crop(still, 1), { reference: 1, isReference: true }));
    expect(sample.epoch).toBe(1);
    expect(Math.max(...sample.motion.map(Math.abs))).toBe(0);
  });

  it('gives apertures of eyes and mouth', () => {
    const { eyes, mouth } = new MotionEstimator().measure(portrait.face(0, portrait.crop(still)));
    expect(eyes[0]).toBeGreaterThan(0.2);
    expect(eyes[1]).toBeGreaterThan(0.2);
    expect(mouth).toBeLessThan(0.06);
  });

  it('says how fast the head moves', () => {
    const meter = begun(0);
    let sample: MotionSample | undefined;
    const crop = portrait.crop(still);
    for (let index = 9; index < 29; index++) {
      const { a, b, tx, ty } = portrait.toFrame;
      sample = meter.measure(portrait.face(index, crop, { toFrame: { a, b, tx: tx + (index - 8) * a, ty } }));
    }
    expect(sample!.headSpeed).toBeCloseTo(30, 0);
    expect(sample!.turnSpeed).toBeLessThan(0.02);
  });

  it('survives a face at the edge of its crop', () => {
    const landmarks = portrait.landmarks.map((value) => value + 150);
    const meter = new MotionEstimator();
    for (let index = 0; index < 3; index++) {
      const { motion, sigma } = meter.measure(portrait.face(index, portrait.crop(still), { landmarks }));
      expect([...motion, ...sigma].every(Number.isFinite)).toBe(true);
    }
  });
});
