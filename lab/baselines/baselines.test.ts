import { describe, expect, it } from 'vitest';
import { directionalDifference } from './main-direction.js';
import { decodeFlowFeatures, encodeFlowFeatures, MDMD_STEP, STRAIN_STEP, type FlowFeature } from './flow-features.js';
import { mdmd } from './mdmd.js';
import { meanStrain } from './optical-strain.js';
import { strainPeaks } from './strain-peaks.js';

const SIZE = 112;
const field = (at: (x: number, y: number) => readonly [number, number]) => {
  const u = new Float32Array(SIZE * SIZE),
    v = new Float32Array(SIZE * SIZE);
  for (let i = 0; i < u.length; i++) [u[i], v[i]] = at(i % SIZE, Math.floor(i / SIZE)) as [number, number];
  return { size: SIZE, u, v };
};
const still = field(() => [0, 0]);

describe('directionalDifference', () => {
  it('is the movement that the tail has dropped', () => {
    expect(
      directionalDifference(
        field(() => [0, -2]),
        still,
      ),
    ).toBeCloseTo(2);
    expect(
      directionalDifference(
        field(() => [0, -2]),
        field(() => [0, -0.5]),
      ),
    ).toBeCloseTo(1.5);
  });

  it('is below zero while a movement goes on', () => {
    expect(
      directionalDifference(
        field(() => [1, 0]),
        field(() => [2, 0]),
      ),
    ).toBeLessThan(0);
  });

  it('hears one brow', () => {
    expect(
      directionalDifference(
        field((x, y) => (x < 50 && y < 40 ? [0, -3] : [0, 0])),
        still,
      ),
    ).toBeGreaterThan(0.4);
  });
});

describe('meanStrain', () => {
  it('is none in a rigid shift or turn, and the stretch where skin is stretched', () => {
    expect(meanStrain(field(() => [3, 1]))).toBe(0);
    expect(meanStrain(field((x, y) => [-0.01 * y, 0.01 * x]))).toBeCloseTo(0, 5);
    expect(meanStrain(field((x) => [0.01 * x, 0]))).toBeCloseTo(5 * 0.01, 5);
  });
});

/** 20 s at 50 fps; a bump of each height and half width (s) at each time. */
const clip = (bumps: readonly (readonly [number, number, number])[]): FlowFeature[] =>
  Array.from({ length: 1000 }, (_, index) => {
    const t = index / 50;
    const sum = (of: number): number =>
      bumps.reduce(
        (total, [at, height, half]) => total + height * Math.max(0, 1 - Math.abs(of - at) / half),
        0.1 + 0.01 * Math.sin(13 * index),
      );
    return { t, index, difference: t < 2 * MDMD_STEP ? NaN : sum(t - MDMD_STEP), strain: t < STRAIN_STEP ? NaN : sum(t - STRAIN_STEP / 2) };
  });

describe('mdmd', () => {
  const { windows } = mdmd(
    'f1',
    clip([
      [6, 2, 0.2],
      [12, 1.5, 0.2],
    ]),
  );

  it('finds bumps and times them at the current frame', () => {
    const found = windows.filter(({ score }) => score > 0.8);
    expect(found.map(({ kind, apex }) => [kind, Math.round(10 * apex) / 10])).toEqual([
      ['micro', 6],
      ['micro', 12],
    ]);
    expect(found[0]!.onset).toBeCloseTo(5.8, 1);
    expect(found[0]!.offset).toBeCloseTo(6.2, 1);
  });

  it('says so no earlier than its tail frame allows, and hears nothing of the future', () => {
    for (const { offset, openedAt } of windows) expect(openedAt).toBeGreaterThanOrEqual(offset + MDMD_STEP - 1e-9);
    const half = mdmd(
      'f1',
      clip([
        [6, 2, 0.2],
        [12, 1.5, 0.2],
      ]).slice(0, 500),
    ).windows;
    expect(half).toEqual(windows.filter(({ openedAt }) => openedAt! < 10));
  });
});

describe('strainPeaks', () => {
  it('makes intervals of typical length of peaks above the threshold', () => {
    const { windows } = strainPeaks(
      'f1',
      clip([
        [6, 2, 0.2],
        [12, 1.9, 0.2],
        [15, 0.4, 0.2],
      ]),
    );
    expect(windows).toHaveLength(2);
    [6, 12].forEach((at, i) => {
      expect(Math.abs(windows[i]!.apex - at)).toBeLessThan(0.15);
    });
    for (const { onset, offset, openedAt } of windows) {
      expect(offset - onset).toBeCloseTo(0.5);
      expect(openedAt).toBeUndefined();
    }
  });

  it('is quiet without features', () => {
    expect(strainPeaks('f1', []).windows).toEqual([]);
    expect(mdmd('f1', []).windows).toEqual([]);
  });
});

describe('flow features file', () => {
  it('gives back what was written, 32 bits of it', () => {
    const features = [
      { t: 0.5, index: 1, difference: NaN, strain: 0.25 },
      { t: 0.75, index: 2, difference: -1.5, strain: 0.125 },
    ];
    expect(decodeFlowFeatures(encodeFlowFeatures('c', 'f1', features), 'x')).toEqual(features);
  });
});
