import type { Rates, SpotterEvaluation, SpotThenRecognise, SpottingMetrics, TimingError } from '../evaluation/mod.js';

const NAME_WIDTH = 24;

/** The evaluation of spotters as text, one block a spotter. */
export function spottingTable(dataset: string, spotters: Readonly<Record<string, SpotterEvaluation>>): string {
  return Object.entries(spotters)
    .map(([name, evaluation]) => block(dataset, name, evaluation))
    .join('\n');
}

/** One spotter's spot-then-recognise score. */
export function strsLine(name: string, { strs, analysisF1, priorF1, judged, failed }: SpotThenRecognise): string {
  return `${name}: STRS ${rate(strs)} (F1 of analysis ${rate(analysisF1)}, by frequency alone ${rate(priorF1)}, over ${String(judged)} true positives with an emotion${failed > 0 ? `, ${String(failed)} without an answer` : ''})\n`;
}

function block(dataset: string, name: string, { all, protocols, groups, peaks, durations, missRateAt }: SpotterEvaluation): string {
  const { microF1, microPrecision, microRecall, falseAlarmsPerMinute } = all.intervals;
  const span = (interval: { low: number; high: number } | null, digits = 3): string =>
    interval ? ` [${interval.low.toFixed(digits)}, ${interval.high.toFixed(digits)}]` : '';
  const lines = [
    `${name} on ${dataset}: ${String(all.clips)} clips of ${String(all.people)} people, ${all.minutes.toFixed(1)} minutes; [95 % over people]`,
    `  micro  F1 ${rate(all.micro.f1)}${span(microF1)}, precision ${rate(all.micro.precision)}${span(microPrecision)}, recall ${rate(all.micro.recall)}${span(microRecall)}`,
    `  macro  F1 ${rate(all.macro.f1)}, precision ${rate(all.macro.precision)}, recall ${rate(all.macro.recall)}; overall F1 ${rate(all.overall.f1)}`,
    `  false alarms a minute ${all.falseAlarmsPerMinute.toFixed(2)}${span(falseAlarmsPerMinute, 2)}, near no micro-expression ${all.straysPerMinute.toFixed(2)}` +
      (all.announcedInVainPerMinute === null ? '' : `, announced in vain ${all.announcedInVainPerMinute.toFixed(2)}`),
    `  false alarms during ${
      Object.entries(all.falseAlarmsDuring)
        .sort(([, a], [, b]) => b - a)
        .map(([kind, n]) => `${kind} ${String(n)}`)
        .join(', ') || '-'
    }`,
    `  error ms (median, bias): onset ${error(all.onset)}, apex ${error(all.apex)}, offset ${error(all.offset)}, rise ${error(all.rise)}`,
    `  announced after the apex, ms: ${all.latency ? `median ${all.latency.median.toFixed(0)}, p95 ${all.latency.p95.toFixed(0)}, most ${all.latency.max.toFixed(0)}` : '-'}`,
    `  missed at 0.5, 1, 2 false alarms a minute: ${Object.values(missRateAt)
      .map((miss) => miss.toFixed(2))
      .join(', ')}`,
  ];
  lines.push(...protocolLines(protocols));
  const rates = { 'peak (face 200 px wide)': peaks, duration: durations };
  for (const [title, table] of Object.entries(rates)) {
    if (Object.keys(table).length === 0) continue;
    lines.push('', cells(title, ['truths', 'precision', 'recall', 'F1']));
    for (const [band, of] of Object.entries(table))
      lines.push(cells(band, [String(of.truePositives + of.falseNegatives), rate(of.precision), rate(of.recall), rate(of.f1)]));
  }
  for (const [title, table] of Object.entries(groups)) {
    lines.push('', cells(title, ['minutes', 'truths', 'precision', 'recall', 'F1', 'alarms/min', 'onset ms', 'apex ms', 'latency95']));
    for (const [value, metrics] of Object.entries(table)) lines.push(cells(value, groupCells(metrics)));
  }
  return `${lines.join('\n')}\n`;
}

/** Both protocols side by side, each with its rules. */
function protocolLines({ field, live }: SpotterEvaluation['protocols']): string[] {
  const latency = live.latency ? `${live.latency.p95.toFixed(0)} ms` : '-';
  const row = (title: string, { clips, micro, macro, overall }: typeof field | typeof live, alarms: string, delay: string): string =>
    cells(title, [String(clips), rate(micro.f1), rate(macro.f1), rate(overall.f1), alarms, delay]);
  return [
    '',
    cells('protocol', ['clips', 'micro F1', 'macro F1', 'F1', 'alarms/min', 'latency95']),
    row("the field's", field, '-', '-'),
    row('live', live, live.falseAlarmsPerMinute.toFixed(2), latency),
    `  the field's: ${field.rules.join('; ')} (p = ${field.p.toFixed(2)})`,
    `  live: ${live.rules.join('; ')}`,
  ];
}

function groupCells(metrics: SpottingMetrics): string[] {
  const { micro, minutes, falseAlarmsPerMinute, onset, apex, latency } = metrics;
  return [
    minutes.toFixed(1),
    String(truths(micro)),
    rate(micro.precision),
    rate(micro.recall),
    rate(micro.f1),
    falseAlarmsPerMinute.toFixed(2),
    onset ? onset.median.toFixed(0) : '-',
    apex ? apex.median.toFixed(0) : '-',
    latency ? latency.p95.toFixed(0) : '-',
  ];
}

function truths({ truePositives, falseNegatives }: Rates): number {
  return truePositives + falseNegatives;
}

function rate(value: number | null): string {
  return value === null ? '-' : value.toFixed(3);
}

function error(of: TimingError | null): string {
  return of ? `${of.median.toFixed(0)} (${of.bias >= 0 ? '+' : ''}${of.bias.toFixed(0)})` : '-';
}

function cells(name: string, values: readonly string[]): string {
  return `  ${name}`.padEnd(NAME_WIDTH + 2) + values.map((value) => value.padStart(11)).join('');
}
