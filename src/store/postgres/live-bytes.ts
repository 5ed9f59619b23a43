import type pg from 'pg';

/** Bytes that a row takes beside its long columns: its header, its short columns, its entries in indexes. */
const ROW = 150;

const PARTS = [
  ['events', 'session', 'pg_column_size(body)'],
  ['annotations', 'session', 'pg_column_size(body)'],
  ['images', 'session', 'pg_column_size(png)'],
  ['series', 'session', 'pg_column_size(data)'],
  ['reviews', 'session', 'pg_column_size(body)'],
  ['sessions', 'id', 'COALESCE(pg_column_size(made_with), 0) + COALESCE(pg_column_size(totals), 0)'],
] as const;

/**
 * Bytes of the rows that are not deleted, of a session or of all, as they lie on the disk (compressed). The size of the files would
 * not do: they don't shrink with a deletion, and retention would go on deleting. Long values aren't read for it, only their sizes.
 */
export async function liveBytes(client: pg.Client, session?: string): Promise<number> {
  const sums = PARTS.map(
    ([table, key, size]) =>
      `(SELECT COALESCE(SUM(${size} + ${String(ROW)}), 0) FROM ${table}${session === undefined ? '' : ` WHERE ${key} = $1`})`,
  );
  const { rows } = await client.query<{ bytes: number }>(`SELECT ${sums.join(' + ')} AS bytes`, session === undefined ? [] : [session]);
  return rows[0]?.bytes ?? 0;
}
