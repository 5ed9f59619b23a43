import type Database from 'libsql';

/** Pages looked at in one transaction: a few milliseconds, between which writers have their turn. */
const STEP = 512;

/**
 * Zeroes what deleted rows left behind in the pages of tables and indexes that are still in use.
 *
 * `secure_delete` zeroes a cell that is deleted, but not the copies that stay in the unallocated space of a page when cells had
 * been moved to a neighbour before. That space lies between the cell pointers and the cell content area
 * (https://www.sqlite.org/fileformat2.html section 1.6) and means nothing to SQLite:
 *
 *     | header | cell pointers | unallocated: zeroed here | cell content |
 *
 * `VACUUM` would do it too, but holds every writer up while it copies the whole file, and needs room for the copy.
 *
 * @param from first page, from 1
 * @returns the page to go on from, or `undefined` when all are done
 */
export function scrubStep(db: Database.Database, from: number): number | undefined {
  const count = one(db, 'PRAGMA page_count', 'page_count');
  const size = one(db, 'PRAGMA page_size', 'page_size');
  db.exec('BEGIN IMMEDIATE');
  try {
    const change = db.prepare('UPDATE sqlite_dbpage SET data = ? WHERE pgno = ?');
    // Overflow and free pages begin with a page number whose first byte is 0 in any file under 64 GiB; page 1 begins with the file's
    // header.
    const pages = db
      .prepare(
        "SELECT pgno, data FROM sqlite_dbpage WHERE pgno BETWEEN ? AND ? AND (pgno = 1 OR substr(data, 1, 1) IN (x'02', x'05', x'0a', x'0d'))",
      )
      .all(from, from + STEP - 1) as { pgno: number; data: ArrayBuffer | Uint8Array }[];
    for (const { pgno, data } of pages) {
      const page = Buffer.from(data as ArrayBuffer);
      const gap = unallocated(page, pgno === 1 ? 100 : 0, size);
      if (!gap || page.subarray(gap.start, gap.end).every((byte) => byte === 0)) continue;
      page.fill(0, gap.start, gap.end);
      change.run(page, pgno);
    }
    db.exec('COMMIT');
  } catch (error) {
    if (db.inTransaction) db.exec('ROLLBACK');
    throw error;
  }
  return from + STEP > count ? undefined : from + STEP;
}

/** Where a b-tree page holds nothing; `undefined` where this is none. */
function unallocated(page: Buffer, header: number, size: number): { start: number; end: number } | undefined {
  const type = page[header];
  if (page.length !== size || (type !== 2 && type !== 5 && type !== 10 && type !== 13)) return undefined;
  const cells = page.readUInt16BE(header + 3);
  const end = page.readUInt16BE(header + 5) || 65_536;
  const start = header + (type < 8 ? 12 : 8) + 2 * cells;
  return start <= end && end <= size ? { start, end } : undefined;
}

function one(db: Database.Database, sql: string, column: string): number {
  return (db.prepare(sql).get() as Record<string, number>)[column] ?? 0;
}
