import type { MeterEvaluation, MeterFigures } from '../evaluation/real/mod.js';

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const number = (value: number | null | undefined, digits = 2): string => value === null || value === undefined ? '-' : value.toFixed(digits);

/** The motion meter's figures as lines of text. */
export function meterTable({ injections, all, quiet, busy, regions, clips }: MeterEvaluation): string {
  return `${[
    `${String(injections)} injections in ${String(clips.length)} clips; errors in px of the reference crop; |error|/sigma of each component`,
    row('', ['readings', 'unreadable', 'wrong', 'wrong of read', 'error 50 %', '95 %', '99 %', 'gain', 'sigma', '|e|/s 50 %', '90 %', '95 %', '99 %']),
    row('all', cells(all)), row('quiet', cells(quiet)), row('busy', cells(busy)),
    ...Object.entries(regions).map(([name, figures]) => row(name, cells(figures))),
    '', ...clips.map(({ clip, all: figures }) => row(clip.slice(0, 27), cells(figures))),
  ].join('\n')}\n`;
}

function cells({ readings, unreadable, wrong, wrongOfRead, error, gain, sigma, normalised }: MeterFigures): string[] {
  return [
    String(readings), percent(unreadable), percent(wrong), percent(wrongOfRead), number(error?.p50), number(error?.p95), number(error?.p99), number(gain), number(sigma),
    number(normalised?.p50), number(normalised?.p90), number(normalised?.p95), number(normalised?.p99),
  ];
}

function row(name: string, values: readonly string[]): string {
  return name.padEnd(28) + values.map((value, i) => value.padStart(i === 3 ? 15 : 11)).join('');
}
