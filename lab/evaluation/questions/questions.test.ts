import { expect, it } from 'vitest';
import { anAnnotation } from '../../../tests/support/an-annotation.js';
import type { InstructPair } from '../descriptions/instruct-split.js';
import { evaluateQuestions } from './evaluate-questions.js';
import { bleu, rougeL } from './text-scores.js';

it('scores texts by BLEU and ROUGE-L', () => {
  expect(bleu(['the cat sat on the mat'], ['the cat sat on the mat'])).toBeCloseTo(1);
  expect(bleu(['the cat sat on the mat'], ['the the the the'], 1)).toBeCloseTo(0.5 * Math.exp(1 - 6 / 4));
  expect(bleu(['yes'], ['no'])).toBe(0);
  expect(rougeL(['police killed the gunman'], ['police kill the gunman'])).toBeCloseTo(0.75);
  expect(rougeL(['a b'], ['c'])).toBe(0);
});

const { rois } = anAnnotation('s1-1');
const pair = (id: string, au: string, label: 'positive' | 'negative'): InstructPair => ({
  id,
  kind: 'units',
  rois: rois.map((roi) => ({ ...roi, region: id })),
  units: [{ au, side: 'both' }],
  category: { label },
  decided: true,
});
const test = [pair('a', 'AU12', 'positive'), pair('b', 'AU4', 'negative'), pair('c', 'AU12', 'positive')];

it('gives an all-knowing describer full marks, and the prior fewer', async () => {
  const describe = ({ rois: [roi] }: { readonly rois: readonly { readonly region: string }[] }) => {
    const { units = [], category } = test.find(({ id }) => id === roi?.region) ?? {};
    const label = category?.label === 'positive' ? ('positive' as const) : ('negative' as const);
    const emotion = { label, probabilities: { negative: 0, positive: 0, surprise: 0, other: 0 } };
    return Promise.resolve({ aus: units.map((unit) => ({ ...unit, confidence: 1 })), emotion } as never);
  };
  const { mellm, prior } = await evaluateQuestions({ describe }, { test, train: [] });
  for (const form of ['coarse', 'units', 'unit', 'side', 'unit_side', 'all'])
    expect(mellm[form], form).toMatchObject({ exact: 1, rouge: 1 });
  expect(mellm['coarse']).toMatchObject({ questions: 3, uf1: 1, uar: 1 });
  expect(prior['coarse']?.uar).toBeCloseTo(0.5);
  expect(prior['units']?.exact).toBeCloseTo(2 / 3);
});
