import Database from 'libsql';
import type { Row, Value, Write } from '../backend.js';
import { MIGRATIONS, MIGRATIONS_TABLE, READS, WRITES, type ReadName } from '../schema.js';
import { StoreError } from '../store-error.js';
import { scrubStep } from './scrub.js';
import { toStoreError } from './sqlite-error.js';

/** One SQLite file: opened, brought to the present schema, written, read, erased from. Synchronous: it lives in a worker thread. */
export class SqliteDatabase {
  readonly #db: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();

  /** @throws StoreError where the file can't be opened, is damaged or was written by a later version */
  constructor(file: string) {
    try {
      this.#db = new Database(file);
      // FULL: a commit is on the disk when it returns (https://www.sqlite.org/pragma.html#pragma_synchronous).
      for (const pragma of [
        'busy_timeout = 5000',
        'journal_mode = WAL',
        'synchronous = FULL',
        'foreign_keys = ON',
        'secure_delete = ON',
        'journal_size_limit = 8388608',
      ]) {
        this.#db.prepare(`PRAGMA ${pragma}`).all();
      }
      this.#migrate();
    } catch (error) {
      throw toStoreError(error);
    }
  }

  write(batch: readonly Write[]): { refused: number } {
    return this.#transaction(() => {
      let refused = 0;
      for (const { statement, params } of batch) {
        try {
          this.#prepare(WRITES[statement]).run(...params.map(bound));
        } catch (error) {
          if (!String((error as { code?: unknown }).code).startsWith('SQLITE_CONSTRAINT')) throw error;
          refused++;
        }
      }
      return { refused };
    });
  }

  read(statement: ReadName, params: readonly Value[]): Row[] {
    try {
      const rows = this.#prepare(READS[statement]).all(...params.map(bound)) as Record<string, Value | ArrayBuffer>[];
      return rows.map((row) =>
        Object.fromEntries(
          Object.entries(row).map(([name, value]) => [name, value instanceof ArrayBuffer ? new Uint8Array(value) : value]),
        ),
      );
    } catch (error) {
      throw toStoreError(error);
    }
  }

  /** Deletes a session's rows; {@link scrub} is owed from then on, whatever happens. */
  delete(session: string): boolean {
    return this.#transaction(() => {
      const { changes } = this.#prepare('DELETE FROM sessions WHERE id = ?').run(session);
      if (changes === 0) return false;
      this.#prepare("INSERT INTO duties (name, since) VALUES ('scrub', ?) ON CONFLICT (name) DO NOTHING").run(new Date().toISOString());
      return true;
    });
  }

  /** True where a deletion's remains have not been scrubbed yet, e.g. because the process was killed. */
  get scrubOwed(): boolean {
    return this.#prepare("SELECT name FROM duties WHERE name = 'scrub'").all().length > 0;
  }

  /** A step of scrubbing, from page `from`. Returns where to go on, or `undefined` when nothing deleted is left in any file. */
  scrub(from: number): number | undefined {
    try {
      const next = scrubStep(this.#db, from);
      if (next !== undefined) return next;
      this.#transaction(() => {
        this.#prepare("DELETE FROM duties WHERE name = 'scrub'").run();
      });
      this.#truncateLog();
      return undefined;
    } catch (error) {
      throw toStoreError(error);
    }
  }

  get size(): number {
    const pragma = (name: string): number => (this.#db.prepare(`PRAGMA ${name}`).get() as Record<string, number>)[name] ?? 0;
    return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size');
  }

  close(): void {
    try {
      this.#truncateLog();
    } catch {
      /* the next start does it */
    }
    this.#statements.clear();
    this.#db.close();
  }

  /** Moves the log into the file and cuts it to nothing: what was deleted is not to be read from it. */
  #truncateLog(): void {
    const [result] = this.#db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all() as { busy: number }[];
    if (result?.busy)
      throw new StoreError(
        'store_failed',
        "another program reads the store's file, so erased data could not be removed from its log; stop that program and erase again",
      );
  }

  #transaction<T>(work: () => T): T {
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      const result = work();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      try {
        if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
      } catch {
        /* SQLite undid it itself */
      }
      throw toStoreError(error);
    }
  }

  #migrate(): void {
    this.#db.exec(MIGRATIONS_TABLE);
    const [last] = this.#db.prepare('SELECT MAX(version) AS version FROM migrations').all() as { version: number | null }[];
    const version = last?.version ?? 0;
    if (version > MIGRATIONS.length) {
      throw new StoreError(
        'store_newer',
        `it was written by a later version of mellm-live (schema ${String(version)}, this one knows ${String(MIGRATIONS.length)}); use that version, or another folder with --data`,
      );
    }
    for (let next = version; next < MIGRATIONS.length; next++) {
      this.#transaction(() => {
        for (const statement of MIGRATIONS[next] ?? []) this.#db.exec(statement);
        this.#db.prepare('INSERT INTO migrations (version, applied) VALUES (?, ?)').run(next + 1, new Date().toISOString());
      });
    }
  }

  #prepare(sql: string): Database.Statement {
    let statement = this.#statements.get(sql);
    if (!statement) this.#statements.set(sql, (statement = this.#db.prepare(sql)));
    return statement;
  }
}

const bound = (value: Value): Value =>
  value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value;
