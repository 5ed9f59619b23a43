import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { settledWithin } from '../../common/time-limit.js';
import { OnDemandWorker, WorkerClient, WorkerError } from '../../runtime/threads/mod.js';
import type { Backend, Row, Value, Write } from '../backend.js';
import type { ReadName } from '../schema.js';
import { StoreError, type StoreErrorCode } from '../store-error.js';
import { ownerOnly } from './owner-only.js';
import type { SqliteHandlers } from './sqlite.worker.js';
import { toStoreError } from './sqlite-error.js';

/** Milliseconds that closing the file may take; a disk that hangs longer must not hold the process up. */
const CLOSE_TIMEOUT_MS = 10_000;

type Method = keyof SqliteHandlers;

/** SQLite in a folder of its own (`mellm.db` and its log), in a thread of its own, for one process at a time. */
export class SqliteBackend implements Backend {
  readonly place: string;
  readonly #lock: Database.Database;
  readonly #worker = new OnDemandWorker('store', () => this.#start());
  #scrubbing: Promise<void> = Promise.resolve();
  readonly #onCrash: ((error: Error) => void) | undefined;

  private constructor(folder: string, lock: Database.Database, onCrash: ((error: Error) => void) | undefined) {
    this.place = folder;
    this.#lock = lock;
    this.#onCrash = onCrash;
  }

  /**
   * Creates the folder where needed (for its owner alone; an existing one keeps its mode), takes it for this process, opens the
   * database. `onCrash` is told of a thread that died.
   * @throws StoreError
   */
  static async open(folder: string, onCrash?: (error: Error) => void): Promise<SqliteBackend> {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    } catch (cause) {
      throw new StoreError(
        'store_folder',
        `cannot create the data folder ${folder} (${(cause as NodeJS.ErrnoException).code ?? 'unknown'}); choose another with --data, or store nothing with --no-store`,
        cause,
      );
    }
    const backend = new SqliteBackend(folder, take(folder), onCrash);
    try {
      // Its log and index take the mode of the database file.
      for (const name of ['mellm.db', 'mellm.db-wal', 'mellm.db-shm']) ownerOnly(join(folder, name), { create: name === 'mellm.db' });
      const client = await backend.#worker.get();
      if (await client.call('scrubOwed', [])) void backend.scrub().catch(() => undefined);
      return backend;
    } catch (error) {
      await backend.close();
      const failed = translate(error);
      throw new StoreError(failed.code, `the store in ${folder} is not usable: ${failed.message}`, error);
    }
  }

  write(batch: readonly Write[]): Promise<{ readonly refused: number }> {
    return this.#call('write', [batch]);
  }

  read(statement: ReadName, params: readonly Value[]): Promise<Row[]> {
    return this.#call('read', [statement, params]);
  }

  delete(session: string): Promise<boolean> {
    return this.#call('delete', [session]);
  }

  scrub(): Promise<void> {
    // One after another: a scrub that began before a deletion does not count for it.
    const done = this.#scrubbing.then(async () => {
      for (let page: number | undefined = 1; page !== undefined;) page = await this.#call('scrub', [page]);
    });
    this.#scrubbing = done.catch(() => undefined);
    return done;
  }

  size(): Promise<number> {
    return this.#call('size', []);
  }

  async close(): Promise<void> {
    if (this.#worker.closed) return;
    await this.#worker.close((client) => settledWithin(client.call('close', []), CLOSE_TIMEOUT_MS));
    this.#lock.close();
  }

  async #call<M extends Method>(method: M, args: Parameters<SqliteHandlers[M]>): Promise<Awaited<ReturnType<SqliteHandlers[M]>>> {
    try {
      return await (await this.#worker.get()).call(method, args);
    } catch (error) {
      throw translate(error);
    }
  }

  async #start(): Promise<WorkerClient<SqliteHandlers>> {
    const client = await WorkerClient.start<SqliteHandlers>(new URL('./sqlite.worker.js', import.meta.url), {
      name: 'store',
      callTimeout: 120_000,
      onExit: (error) => {
        this.#worker.drop();
        if (error) this.#onCrash?.(error);
      },
    });
    try {
      await client.call('open', [join(this.place, 'mellm.db')]);
      return client;
    } catch (error) {
      await client.close();
      throw error;
    }
  }
}

/**
 * Takes the folder: an exclusive lock on a file beside the database, which the system gives back however this process ends.
 * Back-ups may still read the database itself meanwhile.
 */
function take(folder: string): Database.Database {
  let lock: Database.Database | undefined;
  try {
    const file = join(folder, 'mellm.lock');
    ownerOnly(file, { create: true });
    lock = new Database(file);
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return lock;
  } catch (cause) {
    lock?.close();
    const error = toStoreError(cause);
    throw error.code === 'store_in_use'
      ? new StoreError(
          'store_in_use',
          `another mellm-live uses the data folder ${folder}; stop it, choose another folder with --data, or store nothing with --no-store`,
          cause,
        )
      : new StoreError('store_folder', `the data folder ${folder} is not writable: ${error.message}`, cause);
  }
}

const CODES: ReadonlySet<string> = new Set<StoreErrorCode>([
  'store_full',
  'store_io',
  'store_slow',
  'store_damaged',
  'store_in_use',
  'store_folder',
  'store_newer',
  'store_unsupported',
  'store_failed',
]);

function translate(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  if (!(error instanceof WorkerError)) return toStoreError(error);
  if (CODES.has(error.code)) return new StoreError(error.code as StoreErrorCode, error.message, error);
  if (error.code === 'worker_timeout') return new StoreError('store_slow', 'the disk does not respond in time; check it', error);
  if (error.code === 'worker_closed') return new StoreError('store_failed', 'the store is closed', error);
  return new StoreError('store_failed', `store thread failed: ${error.message}`, error);
}
