import { evaluateIntensity, type IntensityEvaluation } from '../../evaluation/real/mod.js';
import { rootOf, type RealPart } from './real-options.js';

/** `--part intensity`. */
export const intensityPart: RealPart = async ({ models, onProgress }, options) => {
  const evaluation = await evaluateIntensity(models, { root: rootOf(options), onClip: onProgress });
  return { json: evaluation, text: table(evaluation) };
};

function table({ clips, events, people, units }: IntensityEvaluation): string {
  const rows = Object.entries(units).map(([unit, { shown, without, auc, presentWith, presentWithout, unread }]) =>
    [
      unit.padEnd(6),
      String(shown).padStart(8),
      (auc === null ? '-' : auc.toFixed(2)).padStart(8),
      `${String(presentWith)} of ${String(shown)}`.padStart(12),
      `${String(presentWithout)} of ${String(without)}`.padStart(12),
      String(unread).padStart(8),
    ].join(''),
  );
  return `${[
    `strength at the peaks of ${String(events)} events in ${String(clips)} clips of ${String(people)} people, labelled by eye`,
    `${'unit'.padEnd(6)}${'shown'.padStart(8)}${'AUC'.padStart(8)}${'>= 1 with'.padStart(12)}${'without'.padStart(12)}${'unread'.padStart(8)}`,
    ...rows,
  ].join('\n')}\n`;
}
