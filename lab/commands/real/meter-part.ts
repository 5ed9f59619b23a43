import { evaluateMeter, type MeterEvaluation, type MeterMetrics } from '../../evaluation/real/mod.js';
import type { RealPart } from './real-options.js';

/** `--part meter`. */
export const meterPart: RealPart = async ({ models, library, chosen, onProgress, ...options }) => {
  const chosenClips = await chosen();
  const { clips: byClip, ...report } = await evaluateMeter(models, library, chosenClips, {
    ...options,
    onClip: (done) => {
      onProgress(done, chosenClips.length);
    },
  });
  return { json: { ...report, by_clip: byClip }, text: meterTable({ clips: byClip, ...report }) };
};

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const number = (value: number | null | undefined, digits = 2): string =>
  value === null || value === undefined ? '-' : value.toFixed(digits);

function meterTable({ injections, all, quiet, busy, regions, clips }: MeterEvaluation): string {
  return `${[
    `${String(injections)} injections in ${String(clips.length)} clips; ` +
      `errors in px of the reference crop; |error|/sigma of each component`,
    row('', [
      'readings',
      'unreadable',
      'wrong',
      'wrong of read',
      'undeclared',
      'error 50 %',
      '95 %',
      '99 %',
      'gain',
      'sigma',
      '|e|/s 50 %',
      '90 %',
      '95 %',
      '99 %',
    ]),
    row('all', cells(all)),
    row('quiet', cells(quiet)),
    row('busy', cells(busy)),
    ...Object.entries(regions).map(([name, metrics]) => row(name, cells(metrics))),
    '',
    ...clips.map(({ clip, all: metrics }) => row(clip.slice(0, 27), cells(metrics))),
  ].join('\n')}\n`;
}

function cells({ readings, unreadable, wrong, wrongOfRead, wrongUndeclared, error, gain, sigma, normalised }: MeterMetrics): string[] {
  return [
    String(readings),
    percent(unreadable),
    percent(wrong),
    percent(wrongOfRead),
    percent(wrongUndeclared),
    number(error?.p50),
    number(error?.p95),
    number(error?.p99),
    number(gain),
    number(sigma),
    number(normalised?.p50),
    number(normalised?.p90),
    number(normalised?.p95),
    number(normalised?.p99),
  ];
}

function row(name: string, values: readonly string[]): string {
  return name.padEnd(28) + values.map((value, i) => value.padStart(i === 3 ? 15 : 11)).join('');
}
