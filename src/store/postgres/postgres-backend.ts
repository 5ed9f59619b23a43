import type pg from 'pg';
import type { Backend, Row, Value, Write } from '../backend.js';
import { READS, WRITES, type ReadName } from '../schema.js';
import { StoreError } from '../store-error.js';
import { Connection, inTransaction, placeOf } from './connection.js';
import { liveBytes } from './live-bytes.js';
import { isRefusal, toStoreError } from './postgres-error.js';
import { takeDatabase } from './take-database.js';

/** Milliseconds that a measured size is good for; deletions are taken off meanwhile. Measuring reads all tables. */
const SIZE_LASTS = 600_000;

/** A database of a PostgreSQL server, for one process at a time. One connection writes and holds the database, one reads. */
export class PostgresBackend implements Backend {
  readonly place: string;
  readonly #writer: Connection;
  readonly #reader: Connection;
  #size: { bytes: number; readonly at: number } | undefined;

  private constructor(url: string) {
    this.place = placeOf(url);
    this.#writer = new Connection(url, takeDatabase);
    this.#reader = new Connection(url, async (client) => {
      await client.query('SET default_transaction_read_only = on');
    });
  }

  /** Connects, takes the database for this process, brings it to the present schema. @throws StoreError */
  static async open(url: string): Promise<PostgresBackend> {
    const backend = new PostgresBackend(url);
    try {
      await backend.#writer.run(() => Promise.resolve());
      return backend;
    } catch (error) {
      await backend.close();
      const failed = toStoreError(error);
      throw new StoreError(failed.code, `the store in ${backend.place} is not usable: ${failed.message}`, error);
    }
  }

  write(batch: readonly Write[]): Promise<{ readonly refused: number }> {
    if (batch.some(({ statement }) => statement === 'dropOldestImages')) this.#size = undefined;
    return this.#writer.run(async (client) => {
      try {
        await inTransaction(client, async () => {
          for (const write of batch) await run(client, write);
        });
        return { refused: 0 };
      } catch (error) {
        if (!isRefusal(error)) throw error;
        // A refusal ends a transaction here, so once more, with a way back before each write. Refusals are rare: sessions erased while they
        // run.
        return { refused: await writeWhatGoes(client, batch) };
      }
    });
  }

  read(statement: ReadName, params: readonly Value[]): Promise<Row[]> {
    return this.#reader.run(
      async (client) => (await client.query<Row>({ name: `read_${statement}`, text: READ_SQL[statement], values: params.map(bound) })).rows,
    );
  }

  async delete(session: string): Promise<boolean> {
    const { deleted, bytes } = await this.#writer.transaction(async (client) => ({
      bytes: await liveBytes(client, session),
      deleted: (await client.query('DELETE FROM sessions WHERE id = $1', [bound(session)])).rowCount !== 0,
    }));
    if (this.#size) this.#size.bytes -= bytes;
    return deleted;
  }

  /** What deleted rows leave in the server's files is its own matter: (auto)vacuum, its log, its back-ups. */
  scrub(): Promise<void> {
    return Promise.resolve();
  }

  async size(): Promise<number> {
    if (!this.#size || performance.now() - this.#size.at > SIZE_LASTS) {
      const bytes = await this.#reader.run((client) => liveBytes(client));
      this.#size = { bytes, at: performance.now() };
    }
    return this.#size.bytes;
  }

  async close(): Promise<void> {
    await Promise.all([this.#writer.close(), this.#reader.close()]);
  }
}

/** Writes a batch without what the tables refuse. @returns how many were refused */
function writeWhatGoes(client: pg.Client, batch: readonly Write[]): Promise<number> {
  return inTransaction(client, async () => {
    let refused = 0;
    for (const write of batch) {
      await client.query('SAVEPOINT before');
      try {
        await run(client, write);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        refused++;
        await client.query('ROLLBACK TO SAVEPOINT before');
      }
      await client.query('RELEASE SAVEPOINT before');
    }
    return refused;
  });
}

async function run(client: pg.Client, { statement, params }: Write): Promise<void> {
  await client.query({ name: `write_${statement}`, text: WRITE_SQL[statement], values: params.map(bound) });
}

/** `?` as PostgreSQL counts parameters: $1, $2 … */
function numbered<T extends string>(statements: Readonly<Record<T, string>>): Readonly<Record<T, string>> {
  return Object.fromEntries(
    Object.entries<string>(statements).map(([name, sql]) => {
      let n = 0;
      return [name, sql.replaceAll('?', () => `$${String(++n)}`)];
    }),
  ) as Record<T, string>;
}

const WRITE_SQL = numbered(WRITES);
const READ_SQL = numbered(READS);

/** PostgreSQL's text holds every character but the one of code 0. */
function bound(value: Value): Value {
  if (typeof value === 'string') return value.replaceAll('\0', '\ufffd');
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value;
}
