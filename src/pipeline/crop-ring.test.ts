import { expect, it } from 'vitest';
import { CROP_SIZE, type AlignedFace } from '../face/mod.js';
import { CropRing } from './crop-ring.js';

const face = (t: number, grey: number): AlignedFace => ({
  id: 'f1',
  t,
  index: Math.round(t * 30),
  box: [0, 0, 1, 1],
  landmarks: Float32Array.of(20, 40),
  pose: { yaw: 0, pitch: 0, roll: 0 },
  quality: { score: 1, eyeDistance: 88, sharpness: 1, light: 100, faults: [] },
  crop: new Float32Array(CROP_SIZE * CROP_SIZE).fill(grey),
  reference: 0,
  isReference: false,
  toFrame: { a: 2, b: 0, tx: 10, ty: 20 },
  residual: 0,
});

it('holds the last seconds, nearest in time, in crop coordinates, and uses its memory again', () => {
  const ring = new CropRing(10, 1);
  for (let i = 0; i <= 40; i++) ring.add(face(i / 10, i === 38 ? 300 : i));
  expect(ring.pair(2, 3.52)).toBeUndefined();
  expect(ring.pair(3.52, 3.8)?.onset.t).toBeCloseTo(3.5);
  expect(ring.pair(3.52, 3.8)?.onset.luma[0]).toBe(35);
  expect(ring.pair(3.52, 3.8)?.apex.luma[7]).toBe(255);
  expect([...(ring.pair(3.8, 4)?.apex.landmarks ?? [])]).toEqual([5, 10]);
  expect(ring.pair(3.8, 4.4)).toBeUndefined();
});

it('answers as of an earlier frame as it would have answered then', () => {
  const ring = new CropRing(10, 1);
  const then = new CropRing(10, 1);
  for (let i = 0; i <= 40; i++) {
    ring.add(face(i / 10, i));
    if (i <= 38) then.add(face(i / 10, i));
  }
  const times = (pair: ReturnType<CropRing['pair']>): unknown => pair && [pair.onset.t, pair.apex.t, pair.onset.luma[0], pair.apex.luma[0]];
  for (const [onset, apex] of [
    [2.85, 3.2],
    [2.9, 3.8],
    [2.6, 3.2],
    [3.7, 4],
  ] as const) {
    expect(times(ring.pair(onset, apex, 3.8))).toEqual(times(then.pair(onset, apex)));
  }
  expect(then.pair(2.85, 3.2)).toBeDefined();
  expect(ring.pair(2.85, 3.2)).toBeUndefined();
});

it('takes the frame before where onset and apex fall on one', () => {
  const ring = new CropRing();
  for (let i = 0; i < 20; i++) ring.add(face(i / 16, i));
  const both = ring.pair(0.5 + 0.01, 0.5 + 0.03);
  expect([both?.onset.t, both?.apex.t]).toEqual([0.4375, 0.5]);
  expect(ring.pair(0, 0.02)).toBeUndefined();
});

it('keeps every n-th frame where they come faster than fits', () => {
  const ring = new CropRing(10, 1);
  for (let i = 0; i <= 400; i++) ring.add(face(i / 200, i % 256));
  expect(Math.abs((ring.pair(1.2, 1.8)?.onset.t ?? 0) - 1.2)).toBeLessThanOrEqual(0.06);
});
