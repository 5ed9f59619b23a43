import type { ActionUnit, Annotation } from '../../events/schema.js';
import { unitName } from '../answer/action-unit-names.js';
import { fineClassOf } from './fine-class.js';
import type { Question } from './question.js';

/** What an answer is taken from. */
export type Evidence = Pick<Annotation, 'aus' | 'emotion' | 'rois'>;

const CANNOT_TELL = "can't tell";

/** Units that the measured regions can show; of others nothing is known. */
const OBSERVABLE: ReadonlySet<number> = new Set([1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 16, 17, 18, 20, 22, 24, 25, 26, 28, 45]);

/**
 * Answers a question from what was measured and inferred, in the words of ME-VQA; {@link CANNOT_TELL} where the evidence does not say.
 *
 * @param emotion false: no class is named
 */
export function answerQuestion(evidence: Evidence, question: Question, { emotion }: { readonly emotion: boolean }): string {
  switch (question.form) {
    case 'coarse':
      return coarse(evidence, emotion);
    case 'fine':
      return fine(evidence, emotion);
    case 'units':
      return units(evidence);
    case 'all':
      return [
        `Action units: ${units(evidence)}.`,
        ...(emotion ? [`Fine-grained class: ${fine(evidence, emotion)}.`, `Coarse class: ${coarse(evidence, emotion)}.`] : []),
      ].join(' ');
    case 'unit':
    case 'side':
    case 'unit_side':
      return aboutUnit(evidence, question);
  }
}

function coarse({ emotion: inferred }: Evidence, emotion: boolean): string {
  return emotion && inferred && inferred.label !== 'other' ? inferred.label : CANNOT_TELL;
}

function fine({ aus }: Evidence, emotion: boolean): string {
  return (emotion ? fineClassOf(new Set(aus.map(numberOf))) : undefined) ?? CANNOT_TELL;
}

function units({ aus, rois }: Evidence): string {
  if (aus.length > 0) return aus.map(described).join(', ');
  return rois.length > 0 ? 'none' : CANNOT_TELL;
}

function aboutUnit({ aus, rois }: Evidence, { form, unit = NaN, side }: Question): string {
  const shown = aus.find((one) => numberOf(one) === unit);
  if (form === 'side') return shown?.side ?? CANNOT_TELL;
  if (!shown) return rois.length > 0 && OBSERVABLE.has(unit) ? 'no' : CANNOT_TELL;
  return form === 'unit' || shown.side === 'both' || shown.side === side ? 'yes' : 'no';
}

const numberOf = ({ au }: ActionUnit): number => Number(au.slice(2));

function described(unit: ActionUnit): string {
  const name = unitName(numberOf(unit)) ?? unit.au;
  return unit.side === 'both' ? name : `${name} on the ${unit.side}`;
}
