import pg from 'pg';
import { StoreError } from '../store-error.js';
import { isLoss, toStoreError } from './postgres-error.js';

/** Milliseconds that connecting, and one statement, may take. A session of many thousand events is deleted in one statement. */
const MOST_CONNECTING = 10_000;
const MOST_WORKING = 120_000;
/** Milliseconds that the work under way may take on close; a server that hangs longer must not hold the process up. */
const MOST_CLOSING = 10_000;

/** Milliseconds before the second attempt to connect; twice as many before each one after that, up to the longest. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 5000;

type ParserOf = typeof pg.types.getTypeParser;
const INT8: Parameters<ParserOf>[0] = pg.types.builtins.INT8;
/** 64-bit integers as numbers: ours are sequence numbers, counts and sizes, far below 2^53. */
const types = {
  getTypeParser: ((oid: Parameters<ParserOf>[0], format?: 'text' | 'binary') =>
    oid === INT8 ? Number : (pg.types.getTypeParser(oid, format ?? 'text') as unknown)) as ParserOf,
};

/**
 * One connection to a PostgreSQL server, for one piece of work at a time. It is made when it is first needed; one that was lost is
 * made anew by the next piece of work. While the server is away, work fails at once with what was wrong at the last attempt.
 */
export class Connection {
  readonly #url: string;
  readonly #prepare: (client: pg.Client) => Promise<void>;
  #client: pg.Client | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #pause = 0;
  #notBefore = 0;
  #failure: StoreError | undefined;
  #closed = false;

  /** @param prepare what is done on each new connection before it is used */
  constructor(url: string, prepare: (client: pg.Client) => Promise<void>) {
    this.#url = url;
    this.#prepare = prepare;
  }

  /** Runs work when all before it is done. @throws StoreError */
  run<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const done = this.#last.then(() => this.#run(work));
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** Runs work in a transaction, which is undone where the work fails. @throws StoreError */
  transaction<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    return this.run((client) => inTransaction(client, () => work(client)));
  }

  /** Resolves when the work under way is done and the connection is gone. */
  async close(): Promise<void> {
    this.#closed = true;
    const patience = setTimeout(() => {
      if (this.#client) this.#drop(this.#client);
    }, MOST_CLOSING);
    await this.#last;
    clearTimeout(patience);
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => undefined);
  }

  async #run<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = this.#client ?? (await this.#connect());
    try {
      return await work(client);
    } catch (error) {
      if (!(error instanceof StoreError) && isLoss(error)) this.#drop(client);
      throw toStoreError(error);
    }
  }

  async #connect(): Promise<pg.Client> {
    if (this.#closed) throw new StoreError('store_failed', 'the store is closed');
    if (this.#failure && performance.now() < this.#notBefore) throw this.#failure;
    const client = newClient(this.#url);
    // Lost while nothing is asked of it.
    client.on('error', () => {
      this.#drop(client);
    });
    client.on('end', () => {
      this.#drop(client);
    });
    try {
      await client.connect();
      await this.#prepare(client);
    } catch (error) {
      void client.end().catch(() => undefined);
      this.#pause = Math.min(LONGEST_PAUSE, Math.max(FIRST_PAUSE, this.#pause * 2));
      this.#notBefore = performance.now() + this.#pause;
      this.#failure = toStoreError(error);
      throw this.#failure;
    }
    this.#pause = 0;
    this.#failure = undefined;
    return (this.#client = client);
  }

  #drop(client: pg.Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    void client.end().catch(() => undefined);
  }
}

/** A client that is not connected yet. @throws StoreError where the URL is none */
function newClient(url: string): pg.Client {
  try {
    return new pg.Client({
      connectionString: url,
      types,
      keepAlive: true,
      keepAliveInitialDelayMillis: MOST_CONNECTING,
      connectionTimeoutMillis: MOST_CONNECTING,
      query_timeout: MOST_WORKING,
      fallback_application_name: 'mellm-live',
    });
  } catch {
    // No cause: it holds the URL, and that the password.
    throw new StoreError(
      'store_refused',
      'store.url is not valid; expected postgres://user:password@host:5432/database, with special characters of the password as %XX',
    );
  }
}

/** Where a URL leads, without its password, e.g. `postgres://mellm@db:5432/mellm`. */
export function placeOf(url: string): string {
  const { user, host, port, database } = newClient(url);
  return `postgres://${user ?? ''}@${host}:${String(port)}/${database ?? ''}`;
}

/** Runs work between BEGIN and COMMIT; undoes it where it fails. */
export async function inTransaction<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  try {
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // A lost connection undoes it by itself.
    if (error instanceof StoreError || !isLoss(error)) await client.query('ROLLBACK');
    throw error;
  }
}
