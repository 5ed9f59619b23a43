import { describe, expect, it } from 'vitest';
import type { DatasetClip, TruthEvent } from '../../datasets/mod.js';
import type { FlowReport } from '../../../src/flow/mod.js';
import { categoryOf, type Category } from './emotion-category.js';
import { spotThenRecognise, type ClipTruePositive } from './spot-then-recognise.js';

const clip: DatasetClip = { id: 'c', person: 'p', source: { kind: 'images', paths: [], fps: 30 }, truth: [], groups: {} };
const hit = (emotion: string, onset: number): ClipTruePositive => {
  const truth: TruthEvent = { kind: 'micro', onset, apex: onset + 0.2, offset: onset + 0.4, aus: [], emotion };
  return {
    clip,
    hit: { truth, window: { face: 'f1', kind: 'micro', onset: onset + 0.01, apex: onset + 0.21, offset: onset + 0.4, score: 1 } },
  };
};
const answers = (said: Record<string, Category | undefined>) => ({
  measure: (_: DatasetClip, onset: number) => Promise.resolve({ session: onset.toFixed(2) } as unknown as FlowReport),
  recognise: (report: FlowReport) => {
    const key = (report as unknown as { session: string }).session;
    return key in said ? Promise.resolve(said[key]) : Promise.reject(new Error('no answer'));
  },
});

describe('spotThenRecognise', () => {
  it('multiplies spotting by the mean F1 of the classes, at the spotted moments', async () => {
    const { measure, recognise } = answers({ '1.01': 'negative', '2.01': 'positive', '3.01': 'surprise' });
    expect(
      await spotThenRecognise(0.5, [hit('disgust', 1), hit('happiness', 2), hit('surprise', 3), hit('others', 4)], measure, recognise),
    ).toEqual({ strs: 0.5, analysisF1: 1, priorF1: 1 / 6, judged: 3, failed: 0 });
  });

  it('counts a missing answer as wrong', async () => {
    const { measure, recognise } = answers({ '1.01': 'negative', '2.01': undefined });
    const score = await spotThenRecognise(0.6, [hit('disgust', 1), hit('happiness', 2), hit('happy', 3)], measure, recognise);
    expect(score).toMatchObject({ judged: 3, failed: 1 });
    expect(score.strs).toBeCloseTo(0.6 / 3);
  });

  it('says null where there is nothing to judge', async () => {
    const { measure, recognise } = answers({});
    expect(await spotThenRecognise(0.5, [], measure, recognise)).toMatchObject({ strs: null, analysisF1: null });
    expect((await spotThenRecognise(null, [hit('fear', 1)], measure, recognise)).strs).toBeNull();
  });
});

describe('categoryOf', () => {
  it.each([
    ['Happiness', 'positive'],
    ['repression', 'negative'],
    [' Surprise ', 'surprise'],
    ['others', 'other'],
    ['', 'other'],
  ])('%s is %s', (word, category) => {
    expect(categoryOf(word)).toBe(category);
  });
});
