import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mulberry32 } from '../../common/mulberry32.js';
import { interpolate } from '../learned/learned-spotter.js';
import { readCalibration } from './calibration-file.js';
import { CALIBRATION_METHODS, fitCalibration, type JudgedScore } from './fit.js';

/** Alerts of which a share that grows with the square of the score is right. */
function alerts(count: number): JudgedScore[] {
  const random = mulberry32(7);
  return Array.from({ length: count }, () => {
    const score = random();
    return { score, right: random() < score ** 2 };
  });
}

it.each(CALIBRATION_METHODS)('%s gives the share of right alerts', (method) => {
  const line = fitCalibration(method, alerts(4000));
  for (const score of [0.2, 0.5, 0.8]) expect(Math.abs(interpolate(line, score) - score ** 2)).toBeLessThan(0.08);
});

it.each(CALIBRATION_METHODS)('%s never falls, whatever the judgements', (method) => {
  const judged = fc.array(fc.record({ score: fc.double({ min: 0, max: 1, noNaN: true }), right: fc.boolean() }), {
    minLength: 2,
    maxLength: 60,
  });
  fc.assert(
    fc.property(judged, (some) => {
      const line = fitCalibration(method, some);
      for (const [i, [score, probability]] of line.entries()) {
        expect(score).toBeGreaterThanOrEqual(line[i - 1]?.[0] ?? 0);
        expect(probability).toBeGreaterThanOrEqual(line[i - 1]?.[1] ?? 0);
        expect(probability).toBeLessThanOrEqual(1);
      }
    }),
  );
});

it('reads no file that is not a calibration', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mellm-calibration-'));
  try {
    const path = join(folder, 'c.json');
    expect(() => readCalibration(path)).toThrow(/c\.json is not a calibration/);
    const file = { format: 'mellm-calibration', method: 'platt', reviews: { right: 1, wrong: 1, coders: [] }, version: '1' };
    writeFileSync(
      path,
      JSON.stringify({
        ...file,
        line: [
          [0, 0.5],
          [1, 0.4],
        ],
      }),
    );
    expect(() => readCalibration(path)).toThrow(/is not a calibration/);
    writeFileSync(
      path,
      JSON.stringify({
        ...file,
        line: [
          [0, 0.1],
          [1, 0.4],
        ],
      }),
    );
    expect(readCalibration(path)).toMatchObject({
      line: [
        [0, 0.1],
        [1, 0.4],
      ],
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
