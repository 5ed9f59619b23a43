import { html, Markup, REPORT_STYLE } from '../../../events/report/mod.js';
import { csvLine } from '../../../events/mod.js';
import type { Outcome } from './analyze-one.js';

/** A recording of the batch and what became of it; undefined while it waits. */
export interface SetRow {
  readonly path: string;
  readonly outcome: Outcome | undefined;
}

const COLUMNS = [
  'file',
  'state',
  'duration_s',
  'coverage',
  'quality',
  'micro',
  'macro',
  'micro_per_minute',
  'macro_per_minute',
  'faults',
  'warnings',
  'sha256',
  'note',
] as const;

/** A row for each recording of the batch, RFC 4180. */
export function summaryCsv(rows: readonly SetRow[]): string {
  return csvLine(COLUMNS) + rows.map((row) => csvLine(cellsOf(row))).join('');
}

function cellsOf({ path, outcome }: SetRow): string[] {
  const sidecar = outcome && 'sidecar' in outcome ? outcome.sidecar : undefined;
  const { summary } = sidecar ?? {};
  const number = (value: number | null | undefined): string => (value === undefined || value === null ? '' : String(value));
  return [
    path,
    outcome?.state ?? 'waiting',
    number(sidecar?.duration),
    number(summary?.coverage),
    number(summary?.quality),
    number(summary?.micro),
    number(summary?.macro),
    number(summary?.micro_per_minute),
    number(summary?.macro_per_minute),
    Object.entries(summary?.faults_s ?? {})
      .map(([fault, seconds]) => `${fault}:${String(seconds)}`)
      .join(' '),
    number(sidecar?.warnings.length),
    sidecar?.file.sha256 ?? '',
    noteOf(outcome),
  ];
}

function noteOf(outcome: Outcome | undefined): string {
  if (outcome?.state === 'failed') return outcome.reason;
  return outcome?.state === 'duplicate' ? `same content as ${outcome.of}` : '';
}

/** The set as one HTML page without scripts. */
export function summaryHtml(rows: readonly SetRow[]): string {
  const shown = COLUMNS.filter((column) => column !== 'sha256');
  const made = rows.flatMap(({ outcome }) => (outcome && 'sidecar' in outcome ? [outcome.sidecar] : []));
  const total = (of: (sidecar: (typeof made)[number]) => number): number => made.reduce((sum, sidecar) => sum + of(sidecar), 0);
  const minutes = total(({ duration }) => duration) / 60;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>Recordings</title>
        <style>
          ${new Markup(REPORT_STYLE)}
        </style>
      </head>
      <body>
        <h1>${rows.length} recordings</h1>
        <p>
          ${made.length} analysed, ${minutes.toFixed(1)} minutes: ${total(({ summary }) => summary.micro)} micro-expressions,
          ${total(({ summary }) => summary.macro)} macro-expressions. ${made[0]?.program}, models ${made[0]?.made_with.models.join(', ')}.
        </p>
        <p class="note">A score says how often the spotter is right, not that it is right. Look at each alert before you count it.</p>
        <table>
          <tr>
            ${shown.map((column) => html`<th>${column.replaceAll('_', ' ')}</th>`)}
          </tr>
          ${rows.map((row) => {
            const cells = cellsOf(row);
            return html`<tr>
              ${shown.map((column) => html`<td>${cells[COLUMNS.indexOf(column)]}</td>`)}
            </tr>`;
          })}
        </table>
        <h2>Warnings</h2>
        <ul>
          ${made.flatMap(({ path, warnings }) => warnings.map((warning) => html`<li>${path}: ${warning}</li>`))}
        </ul>
      </body>
    </html> `;
  return page.text;
}
