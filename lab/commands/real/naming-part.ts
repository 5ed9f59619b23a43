import { evaluateNaming, type NamingEvaluation } from '../../evaluation/real/mod.js';
import { describerOptions, startDescriber } from '../../../src/llm/mod.js';
import { llmConfig } from '../../../src/cli/llm-options.js';
import { countOption } from '../../../src/cli/number-option.js';
import { rootOf, type RealPart } from './real-options.js';

/** `--part naming`. */
export const namingPart: RealPart = async ({ onProgress }, options) => {
  const limit = countOption('--limit', options.limit);
  const describer = await startDescriber(describerOptions(llmConfig({ emotion: true })));
  try {
    const evaluation = await evaluateNaming(describer, {
      root: rootOf(options),
      windows: options.windows,
      ...(limit === undefined ? {} : { limit }),
      onMoment: onProgress,
    });
    return { json: evaluation, text: table(evaluation) };
  } finally {
    await describer.close();
  }
};

function table({ events, auMacroF1, aus, speech, category, nulls, faults, moments }: NamingEvaluation): string {
  const f1 = (value: number | null): string => (value === null ? '-' : value.toFixed(2));
  return `${[
    `AU macro-F1 ${f1(auMacroF1)} over ${String(events)} events (during speech ${f1(speech.auMacroF1)} over ${String(speech.events)}); ${String(faults)} could not be measured`,
    `category of clear expressions: ${String(category.right)} right, ${String(category.wrong)} wrong, ${String(category.silent)} silent; the most frequent category alone: ${String(category.prior)} right`,
    `something named: ${String(nulls.eventsNamed)} of ${String(nulls.events)} neutral faces that move or blink, ${String(nulls.windowsNamed)} of ${String(nulls.windows)} windows of them`,
    ...Object.entries(aus).map(
      ([au, { f1: value, precision, recall, shown }]) =>
        `  ${au.padEnd(6)}F1 ${f1(value)}  precision ${f1(precision)}  recall ${f1(recall)}  shown ${String(shown)}`,
    ),
    '',
    ...moments
      .filter(({ kind, named, label }) => kind !== 'window' || named.length > 0 || label !== undefined)
      .map(
        ({ clip, kind, onset, shown, named, category: wanted, label, fault }) =>
          `${clip.padEnd(22)}${kind.padEnd(7)}${onset.toFixed(2).padStart(6)}  shown ${shown.join('+') || '-'}  named ${named.join('+') || '-'}  ${wanted ?? ''} ${label === undefined ? '' : `→ ${label}`}${fault === undefined ? '' : `(${fault})`}`,
      ),
  ].join('\n')}\n`;
}
