import { describe, expect, it } from 'vitest';
import type { RegionMotion } from '../../events/schema.js';
import { decide } from './decide.js';
import { features, WIDTH } from './features.js';
import type { ModelCard } from './model-files.js';
import { TextWriter } from './tokenizer.js';

const region = (name: string, mean: number, angle: number | null): RegionMotion => ({
  region: name,
  mean_magnitude: mean,
  max_magnitude: 2 * mean,
  direction: angle === null ? 'No clear dominant direction' : 'up',
  angle_deg: angle,
  concentration: 0.5,
});

const card: ModelCard = {
  name: 'mellm',
  version: '0',
  files: {},
  units: [4, 12, 45],
  architecture: { layers: 1, heads: 1, width: 8, questions: 4 },
  calibration: { unit_temperature: 1, category_temperature: 1, thresholds: [0.5, 0.5, 0.5] },
};
const no = [5, 0, 0, 0];
const corner = [region('Right Mouth Corner', 0.8, 45)];

describe('features', () => {
  it('lays out the resultant at two scales, magnitudes and concentration', () => {
    const out = features(Array.from({ length: 29 }, (_, i) => region(String(i), i === 3 ? 2 : 0, i === 3 ? 90 : null)));
    const [right, up, , fineUp, mean, fineMean, most, concentration] = out.subarray(3 * WIDTH, 4 * WIDTH);
    expect(right).toBeCloseTo(0);
    expect(up).toBeCloseTo(Math.asinh(1));
    expect(fineUp).toBeCloseTo(0.5 * Math.asinh(8));
    expect(mean).toBeCloseTo(Math.asinh(2));
    expect(fineMean).toBeCloseTo(0.5 * Math.asinh(16));
    expect(most).toBeCloseTo(Math.asinh(4));
    expect(concentration).toBe(0.5);
    expect(() => features(corner)).toThrow(RangeError);
  });
});

describe('decide', () => {
  it('names units above their thresholds, with side, and the category', () => {
    const decision = decide([no, [0, 4, 0, 0], no], [0, 3, 0, 0, 0], card, corner, true);
    expect(decision.aus).toEqual([{ au: 'AU12', side: 'left', confidence: expect.closeTo(0.9826, 3) as number }]);
    expect(decision.emotion?.label).toBe('positive');
    expect(Object.values(decision.emotion?.probabilities ?? {}).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 3);
    expect(decision.plan).toEqual(['<AU12>', '<left>', '<sure>', '<positive>', '<sure>', '<say>']);
  });

  it('decides for no unit that no region supports', () => {
    expect(decide([[0, 0, 0, 6], no, no], [3, 0, 0, 0, 0], card, corner, true)).toMatchObject({
      aus: [],
      nothing: true,
      plan: ['<none>', '<maybe>', '<say>'],
    });
  });

  it('leaves the category out without emotion', () => {
    const decision = decide([no, [0, 0, 0, 1], no], [0, 3, 0, 0, 0], card, corner, false);
    expect(decision.emotion).toBeUndefined();
    // Claimed for both sides; one corner of the mouth moved.
    expect(decision.plan).toEqual(['<AU12>', '<left>', '<likely>', '<no-emotion>', '<say>']);
  });
});

describe('TextWriter', () => {
  it('fills in the values of the region named last', () => {
    const writer = new TextWriter([region('Chin', 0.456, 90), region('Left Cheek', 0.1, null)]);
    expect(
      ['{Chin}', ' moves', ' {dir}', ' by', ' {mag}', ' px;', ' {Left Cheek}', ' moves', ' {dir}']
        .map((piece) => writer.write(piece))
        .join(''),
    ).toBe('Chin moves up by 0.46 px; Left Cheek moves in no clear direction');
  });

  it('gives a value before any region, and the name after it, from the region that moves most', () => {
    const writer = new TextWriter([region('Chin', 0.1, 90), region('Left Cheek', 0.456, null), region('Nose', 0.2, 0)]);
    expect(['at most', ' {mag}', ' px in', ' {Chin}', ', and', ' {Nose}', ' {mag}'].map((piece) => writer.write(piece)).join('')).toBe(
      'at most 0.46 px in Left Cheek, and Nose 0.20',
    );
  });
});
