import type { Row } from './row.js';

/** Whether a row is of BIDS' `*_events.tsv`. */
export function isBids(row: Row): boolean {
  return row['duration'] !== undefined && row['trial_type'] !== undefined && row['offset'] === undefined;
}

/** The expressions of BIDS' `*_events.tsv` with the columns of other tables; markers are left out. `n/a` is an empty cell. */
export function bidsRows(rows: readonly Row[]): Row[] {
  return rows
    .map((row) => Object.fromEntries(Object.entries(row).map(([title, cell]) => [title, cell === 'n/a' ? '' : cell])))
    .filter(({ trial_type }) => trial_type !== 'marker')
    .map((row) => ({
      ...row,
      kind: row['trial_type'] ?? '',
      aus: row['action_units'] ?? '',
      id: row['annotation'] ?? '',
      offset: row['duration'] ? String(Number(row['onset']) + Number(row['duration'])) : '',
    }));
}
