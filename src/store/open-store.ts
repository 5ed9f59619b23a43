import type { Backend } from './backend.js';
import { DurableStore, type DurableStoreOptions } from './durable-store.js';
import type * as Sqlite from './sqlite/sqlite-backend.js';
import { StoreError } from './store-error.js';

export interface OpenStoreOptions extends DurableStoreOptions {
  /** SQLite's thread died; the next write starts another. */
  readonly onCrash?: (error: Error) => void;
}

/** Opens the store in a folder (SQLite's), or at a `postgres://` URL. Its client is loaded here, on demand. @throws StoreError */
export async function openStore(place: string, options: OpenStoreOptions = {}): Promise<DurableStore> {
  const backend = /^postgres(ql)?:\/\//.test(place)
    ? await (await import('./postgres/postgres-backend.js')).PostgresBackend.open(place)
    : await openSqlite(place, options.onCrash);
  try {
    return await DurableStore.open(backend, options);
  } catch (error) {
    await backend.close();
    throw error;
  }
}

async function openSqlite(folder: string, onCrash: OpenStoreOptions['onCrash']): Promise<Backend> {
  let sqlite: typeof Sqlite;
  try {
    sqlite = await import('./sqlite/sqlite-backend.js');
  } catch (cause) {
    throw new StoreError(
      'store_unsupported',
      `SQLite is not available for ${process.platform} ${process.arch}; set store.url to a PostgreSQL database, or store nothing with --no-store`,
      cause,
    );
  }
  return sqlite.SqliteBackend.open(folder, onCrash);
}
