import { expect, it } from 'vitest';
import { anAnnotation } from '../../../tests/support/an-annotation.js';
import { answerQuestion, type Evidence } from './answer-question.js';
import { EXAMPLES, QUESTION_FORMS, readQuestion, type Question } from './question.js';

const EVIDENCE: Evidence = anAnnotation('s1-1', {
  aus: [
    { au: 'AU12', side: 'left', confidence: 0.8 },
    { au: 'AU6', side: 'both', confidence: 0.6 },
  ],
});
const ask = (text: string, evidence = EVIDENCE, emotion = true): string => {
  const question = readQuestion(text);
  if (!question) throw new Error(`not understood: ${text}`);
  return answerQuestion(evidence, question, { emotion });
};

it('reads the seven forms', () => {
  for (const form of QUESTION_FORMS) expect(readQuestion(EXAMPLES[form])?.form, EXAMPLES[form]).toBe(form);
  const read: [string, Question | undefined][] = [
    ['Is AU4 shown?', { form: 'unit', unit: 4 }],
    ['is the action unit brow lowerer shown on the right side', { form: 'unit_side', unit: 4, side: 'right' }],
    ['Which side shows action unit 14?', { form: 'side', unit: 14 }],
    ['What is the weather?', undefined],
  ];
  for (const [text, question] of read) expect(readQuestion(text), text).toEqual(question);
});

it('answers from the evidence', () => {
  expect(QUESTION_FORMS.map((form) => ask(EXAMPLES[form]))).toEqual([
    'positive',
    'happiness',
    'lip corner puller on the left, cheek raiser',
    'yes',
    'left',
    'yes',
    'Action units: lip corner puller on the left, cheek raiser. Fine-grained class: happiness. Coarse class: positive.',
  ]);
  expect(ask('Is AU12 shown on the right side of the face?')).toBe('no');
  expect(ask('Is AU4 shown?')).toBe('no');
});

it("says that it can't tell where nothing was measured, where regions do not show it, and where units contradict each other", () => {
  const nothing: Evidence = { aus: [], rois: [], emotion: null };
  for (const form of QUESTION_FORMS.filter((one) => one !== 'all')) expect(ask(EXAMPLES[form], nothing), form).toBe("can't tell");
  expect(ask('Is AU43 shown?')).toBe("can't tell");
  const mixed = [9, 12].map((n) => ({ au: `AU${String(n)}`, side: 'both' as const, confidence: 1 }));
  expect(ask(EXAMPLES.fine, { ...EVIDENCE, aus: mixed })).toBe("can't tell");
});

it('names no class without emotion', () => {
  for (const form of QUESTION_FORMS) expect(ask(EXAMPLES[form], EVIDENCE, false)).not.toMatch(/positive|happiness|class/);
});
