import type { ReadName, WriteName } from './schema.js';

/** A value of a parameter or a column. */
export type Value = string | number | null | Uint8Array;
export type Row = Readonly<Record<string, Value>>;

/** One statement to run, by its name in `WRITES`. */
export interface Write {
  readonly statement: WriteName;
  readonly params: readonly Value[];
}

/**
 * The database behind a {@link DurableStore}: SQLite in a thread of its own, or a PostgreSQL server. All reject with a {@link StoreError}.
 */
export interface Backend {
  /** Where it keeps things, for people. */
  readonly place: string;
  /**
   * Runs a batch in one transaction that is durable when this resolves. A write that the tables refuse (its session was erased
   * meanwhile) is left out and counted in the result; any other failure undoes the batch.
   */
  write(batch: readonly Write[]): Promise<{ readonly refused: number }>;
  read(statement: ReadName, params: readonly Value[]): Promise<Row[]>;
  /** Deletes a session's rows. False where there is none. {@link Backend.scrub} is owed from then on. */
  delete(session: string): Promise<boolean>;
  /**
   * Resolves when nothing that was deleted can be found in the database's files, where these are ours (SQLite); a server's are its own
   * matter.
   */
  scrub(): Promise<void>;
  /** Bytes in use, free pages apart. */
  size(): Promise<number>;
  close(): Promise<void>;
}
