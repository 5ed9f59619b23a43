import type * as Sqlite from './sqlite/sqlite-backend.js';
import { KeptStore, type KeptStoreOptions } from './kept-store.js';
import { StoreError } from './store-error.js';

/** Opens the store in a folder, SQLite's. SQLite is loaded here and not before. `onCrash`: its thread died; the next write starts another. @throws StoreError */
export async function openStore(folder: string, options: KeptStoreOptions & { readonly onCrash?: (error: Error) => void } = {}): Promise<KeptStore> {
  let sqlite: typeof Sqlite;
  try {
    sqlite = await import('./sqlite/sqlite-backend.js');
  } catch (cause) {
    throw new StoreError('store_unsupported', `there is no SQLite for ${process.platform} ${process.arch}; keep nothing with --no-store`, cause);
  }
  const backend = await sqlite.SqliteBackend.open(folder, options.onCrash);
  try {
    return await KeptStore.open(backend, options);
  } catch (error) {
    await backend.close();
    throw error;
  }
}
