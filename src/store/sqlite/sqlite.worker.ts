import { serveWorker } from '../../runtime/threads/mod.js';
import type { Value, Write } from '../backend.js';
import type { ReadName } from '../schema.js';
import { StoreError } from '../store-error.js';
import { SqliteDatabase } from './database.js';

/** The thread that SQLite runs in: its calls are synchronous, and a commit waits for the disk. */

let database: SqliteDatabase | undefined;

const opened = (): SqliteDatabase => {
  if (!database) throw new StoreError('store_failed', 'the store is not open');
  return database;
};

const handlers = {
  open: (file: string) => {
    database = new SqliteDatabase(file);
  },
  write: (batch: readonly Write[]) => opened().write(batch),
  read: (statement: ReadName, params: readonly Value[]) => opened().read(statement, params),
  delete: (session: string) => opened().delete(session),
  scrubOwed: () => opened().scrubOwed,
  scrub: (from: number) => opened().scrub(from),
  size: () => opened().size,
  close: () => {
    database?.close();
    database = undefined;
  },
};

export type SqliteHandlers = typeof handlers;

await serveWorker<SqliteHandlers>(() => handlers);
