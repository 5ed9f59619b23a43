import { StoreError, type StoreErrorCode } from '../store-error.js';

/** SQLite's primary result codes (https://www.sqlite.org/rescode.html) in the words of the store. */
const MEANING: readonly (readonly [RegExp, StoreErrorCode, string])[] = [
  [/^SQLITE_FULL/, 'store_full', 'no space left on the disk; free some, or lower store.max_megabytes'],
  [/^SQLITE_(IOERR|READONLY|PERM)/, 'store_io', "the disk failed to read or write; check it and the folder's permissions"],
  [/^SQLITE_CANTOPEN/, 'store_folder', 'the file cannot be opened; check the folder and its permissions'],
  [/^SQLITE_(CORRUPT|NOTADB)/, 'store_damaged', 'the database file is damaged; move it away, or restore a backup'],
  [/^SQLITE_(BUSY|LOCKED)/, 'store_in_use', 'another program uses the file; stop it'],
];

/** Any failure of the binding as a {@link StoreError}. */
export function toStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const code = String((error as { code?: unknown }).code);
  const message = error instanceof Error ? error.message : String(error);
  for (const [pattern, meaning, fix] of MEANING) if (pattern.test(code)) return new StoreError(meaning, `${fix} (${code})`, error);
  return new StoreError('store_failed', `the store failed: ${message} (${code})`, error);
}
