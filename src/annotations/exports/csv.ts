import type { ActionUnit, Annotation } from '../schema.js';

const COLUMNS = ['id', 'face', 'kind', 'onset', 'apex', 'offset', 'score', 'aus', 'emotion', 'text'] as const;
const SIDE = { left: 'L', right: 'R', both: '' } as const;

/** Action units as FACS coders write them: `1+2`, `L12`, joined by `+`. */
export function facsCode(aus: readonly ActionUnit[]): string {
  return aus.map(({ au, side }) => `${SIDE[side]}${au.slice(2)}`).join('+');
}

/** RFC 4180, one row an annotation. A cell that a spreadsheet would take for a formula gets an apostrophe before it. */
export function toCsv(annotations: readonly Annotation[]): string {
  const rows = annotations.map((a) => [
    a.id, a.face, a.kind, seconds(a.onset), seconds(a.apex), a.offset === null ? '' : seconds(a.offset), a.score.toFixed(3),
    facsCode(a.aus), a.emotion?.label ?? '', a.text,
  ]);
  return [COLUMNS, ...rows].map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n';
}

const seconds = (t: number): string => t.toFixed(3);

function cell(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
