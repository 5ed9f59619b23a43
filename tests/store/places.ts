import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PostgresServer } from '../support/postgres-server.js';

/** A kind of database that the store's tests are run on. */
export interface Kind {
  /** Before all tests. */
  start(): Promise<void>;
  stop(): void;
  /** An empty place, as `openStore` takes it. */
  make(): Promise<string>;
  /** Gives a place back. */
  clear(place: string): void;
  /** How often a text stands in it. */
  found(place: string, text: string): Promise<number>;
}

const times = (text: string, word: string): number => text.split(word).length - 1;

/** A folder with SQLite: looked through byte by byte, whatever SQLite itself says. */
export const sqlite: Kind = {
  start: () => Promise.resolve(),
  stop: () => undefined,
  make: () => Promise.resolve(mkdtempSync(join(tmpdir(), 'mellm-kept-'))),
  clear: (folder) => {
    rmSync(folder, { recursive: true, force: true });
  },
  found: (folder, text) =>
    Promise.resolve(readdirSync(folder).reduce((sum, name) => sum + times(readFileSync(join(folder, name)).toString('latin1'), text), 0)),
};

let server: PostgresServer | undefined;

/** A database of a real PostgreSQL server: looked through row by row. */
export const postgres: Kind = {
  start: async () => {
    server = await PostgresServer.start();
  },
  stop: () => {
    server?.remove();
  },
  make: () => server!.database(),
  clear: () => undefined,
  found: async (url, text) => {
    const rows = await Promise.all([
      ...['sessions', 'events', 'annotations', 'duties'].map((table) => server!.query(`SELECT t::text AS text FROM ${table} t`, url)),
      server!.query("SELECT concat_ws(' ', annotation, name, session, encode(png, 'escape')) AS text FROM images", url),
    ]);
    return rows.flat().reduce((sum, row) => sum + times(String(row['text']), text), 0);
  },
};
