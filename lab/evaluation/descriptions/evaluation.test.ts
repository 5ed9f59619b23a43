import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RegionMotion } from '../../../src/events/schema.js';
import type { Describer } from '../../../src/llm/describer.js';
import { evaluateRecognition } from './evaluate.js';
import { readInstructSplit, type InstructPair } from './instruct-split.js';
import { calibrationError, confusion, uf1Uar, unitMetrics } from './measures.js';

const NAMES = ['Right Mouth Corner', 'Right Inner Eyebrow', ...Array.from({ length: 27 }, (_, i) => `Region ${String(i)}`)];

/** AU12 lifts a mouth corner, AU4 lowers a brow, anything else is still. */
function pair(i: number): InstructPair {
  const kind = i % 3;
  const px = 0.8 + (i % 5) * 0.1;
  const roi = (region: string, mean: number, angle: number): RegionMotion => ({
    region,
    mean_magnitude: mean,
    max_magnitude: mean,
    direction: 'up',
    angle_deg: angle,
    concentration: 1,
  });
  return {
    id: String(i),
    identity: `p${String(i % 4)}`,
    kind: kind === 2 ? 'nothing' : 'units',
    decided: true,
    rois: NAMES.map((name, n) => roi(name, n === kind ? px : 0.02, n === 1 ? 270 : 45)),
    units: kind === 2 ? [] : [{ au: kind === 0 ? 'AU12' : 'AU4', side: 'both', px }],
    category: { label: kind === 0 ? 'positive' : kind === 1 ? 'negative' : 'none' },
  };
}

const pairs = Array.from({ length: 36 }, (_, i) => pair(i));

/** Sees AU12 only. */
const halfBlind: Describer = {
  sources: ['fake'],
  info: () => ({ sources: ['fake'] }),
  close: () => Promise.resolve(),
  describe: ({ rois }) => {
    const smiles = (rois[0]?.mean_magnitude ?? 0) > 0.1;
    return Promise.resolve({
      text: smiles ? 'Summary: AU12. Positive.' : 'Summary: no micro-expression.',
      aus: smiles ? [{ au: 'AU12', side: 'both', confidence: 1 }] : [],
      source: 'fake',
      ms: 1,
      ...(smiles ? { emotion: { label: 'positive', probabilities: { negative: 0, positive: 1, surprise: 0, other: 0 } } as const } : {}),
    });
  },
};

describe('measures', () => {
  it('counts as the definitions say', () => {
    expect(unitMetrics([true, true, false, false], [true, false, true, false])).toEqual({ precision: 0.5, recall: 0.5, f1: 0.5, shown: 2 });
    // See et al. 2019: class F1 of 2/3, 2/3 and 0.
    expect(uf1Uar([0, 0, 1, 2], [0, 1, 1, 4], 3)).toEqual({ uf1: expect.closeTo(4 / 9) as number, uar: expect.closeTo(0.5) as number });
    expect(confusion([0, 2], [1, 4], 3, 5)).toEqual([
      [0, 1, 0, 0, 0],
      [0, 0, 0, 0, 0],
      [0, 0, 0, 0, 1],
    ]);
    expect(calibrationError([0.9, 0.9, 0.1, 0.1], [true, true, false, false])).toBeCloseTo(0.1);
  });
});

describe('evaluateRecognition', () => {
  it('judges answers beside both baselines, leaving subjects out', async () => {
    const { recognisers, answers, baselines } = await evaluateRecognition(halfBlind, { test: pairs, train: [] });
    expect(baselines).toBe('leave one subject out');
    expect(recognisers['mellm']).toMatchObject({ auMacroF1: 0.5, uf1: expect.closeTo(1 / 3) as number, nullRecall: 1 });
    expect(recognisers['mellm']?.confusion[0]).toEqual([0, 0, 0, 0, 12]);
    expect(recognisers['threshold rule']?.auMacroF1).toBe(1);
    expect(recognisers['logistic regression']).toMatchObject({ auMacroF1: 1, nullRecall: 1 });
    expect(answers).toMatchObject({ parsed: 1, unsupported: 0, failed: 0, sources: ['fake'] });
  });

  it('fits on the training pairs where there are some', async () => {
    expect((await evaluateRecognition(halfBlind, { test: pairs.slice(0, 9), train: pairs })).baselines).toBe('fitted on 36 training pairs');
  });
});

describe('readInstructSplit', () => {
  it('reads a folder, and says which line is wrong', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mellm-split-'));
    await expect(readInstructSplit(folder)).rejects.toThrow(/test\.jsonl is not there/);
    writeFileSync(join(folder, 'test.jsonl'), pairs.map((one) => JSON.stringify(one)).join('\n'));
    expect(await readInstructSplit(folder)).toEqual({ test: pairs, train: [] });
    expect((await readInstructSplit(join(folder, 'test.jsonl'), 5)).test).toHaveLength(5);
    writeFileSync(join(folder, 'train.jsonl'), `${JSON.stringify(pairs[0])}\n{"id":7}\n`);
    await expect(readInstructSplit(folder)).rejects.toThrow(/line 2 is not a valid MEU-Instruct pair/);
  });
});
