import { evaluateRealFlow, labelledMoments, type FlowMetrics } from '../../evaluation/real/mod.js';
import { rootOf, type RealPart } from './real-options.js';

/** `--part flow`. */
export const flowPart: RealPart = async ({ models, library, chosen, seeds, onProgress }, options) => {
  const moments = await labelledMoments(rootOf(options));
  const nullClips = [...new Set(moments.filter(({ kind }) => kind === 'null').map(({ path }) => path))];
  const methods = await evaluateRealFlow(models, library, await chosen(), { seeds, nullClips, onClip: onProgress });
  return { json: { methods }, text: table(methods) };
};

const COLUMNS: readonly (readonly [keyof FlowMetrics, string])[] = [
  ['pairs', 'pairs'],
  ['residual', 'residual'],
  ['forwardBackward', 'fwd-bwd'],
  ['epe', 'EPE'],
  ['epeMoving', 'EPE moving'],
  ['epeUnderMotion', 'under motion'],
  ['nullPairs', 'null pairs'],
  ['nullExpression', 'null expr.'],
  ['nullExpression95', '95 %'],
];

function table(methods: Readonly<Record<string, FlowMetrics>>): string {
  const cell = (value: number | null): string =>
    (value === null ? '-' : Number.isInteger(value) ? String(value) : value.toFixed(3)).padStart(14);
  return `${[
    'medians over pairs, px of the 224-pixel crop; residual: difference left over difference there was',
    `${''.padEnd(14)}${COLUMNS.map(([, title]) => title.padStart(14)).join('')}`,
    ...Object.entries(methods).map(([name, metrics]) => `${name.padEnd(14)}${COLUMNS.map(([key]) => cell(metrics[key])).join('')}`),
  ].join('\n')}\n`;
}
