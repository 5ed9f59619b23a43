import { NAME_PATTERN, unitNamed } from '../answer/action-unit-names.js';

/** Forms of question about an alert, after the ME-VQA task of MEGC 2025. */
export const QUESTION_FORMS = ['coarse', 'fine', 'units', 'unit', 'side', 'unit_side', 'all'] as const;
export type QuestionForm = (typeof QUESTION_FORMS)[number];

export interface Question {
  readonly form: QuestionForm;
  /** FACS number, in the forms `unit`, `side` and `unit_side`. */
  readonly unit?: number;
  /** In the form `unit_side`. */
  readonly side?: 'left' | 'right';
}

/** An example of each form, as users are shown it. */
export const EXAMPLES: Readonly<Record<QuestionForm, string>> = {
  coarse: 'What is the coarse expression class?',
  fine: 'What is the fine-grained expression class?',
  units: 'What are the action units present?',
  unit: 'Is the action unit Lip corner puller shown on the face?',
  side: 'On which side of the face is AU12 shown?',
  unit_side: 'Is AU12 shown on the left side of the face?',
  all: 'Which action units are present, and what are the fine-grained and coarse expression classes?',
};

const UNIT = new RegExp(`\\bAU ?(\\d{1,2})\\b|\\b(?:action unit|unit) (\\d{1,2})\\b|\\b(${NAME_PATTERN})\\b`, 'i');

/** Reads a question; undefined where it is of none of the forms. */
export function readQuestion(text: string): Question | undefined {
  const [, short, long, name] = UNIT.exec(text) ?? [];
  const unit = name === undefined ? Number(short ?? long) : unitNamed(name);
  const fine = /\bfine\b|\bfine-grained\b|\bemotion\b/i.test(text);
  const coarse = /\bcoarse\b|\bcategory\b/i.test(text);
  if (unit !== undefined && Number.isFinite(unit)) {
    if (/\b(?:which|what) side\b|\bwhere\b/i.test(text)) return { form: 'side', unit };
    const side = /\b(left|right)\b/i.exec(text)?.[1]?.toLowerCase();
    return side === 'left' || side === 'right' ? { form: 'unit_side', unit, side } : { form: 'unit', unit };
  }
  const units = /\baction units?\b|\bAUs?\b/i.test(text);
  if (units) return { form: fine || coarse ? 'all' : 'units' };
  if (fine && coarse) return { form: 'all' };
  if (fine) return { form: 'fine' };
  return coarse ? { form: 'coarse' } : undefined;
}
