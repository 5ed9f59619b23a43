import type { Annotation, DurableEvent, Totals } from '../events/schema.js';
import type { ImageName, SessionOrigin, SessionRecord } from '../events/session-record.js';

export { IMAGE_NAMES, type ImageName, type SessionOrigin, type SessionRecord } from '../events/session-record.js';

/** A session that begins. */
export type NewSession = Pick<SessionRecord, 'id' | 'name'> & {
  readonly made_with?: SessionOrigin;
  /** Default now. */
  readonly started?: string;
  /** Key of whom its size is counted against; never shown. Default: nobody knows. */
  readonly writer?: string;
};

/** Which sessions {@link Store.list} tells of. What it leaves out does not count towards the limit. */
export interface SessionPage {
  /** Sessions at most. Default 200. */
  readonly limit?: number | undefined;
  /** Id of the last session of the page before; after one that is not known comes nothing. Default: from the newest on. */
  readonly before?: string | undefined;
  /** Those of this name only. Default: all. */
  readonly name?: string | undefined;
  /** Those only that are live. Default: all. */
  readonly state?: 'live' | undefined;
}

/** Which annotations {@link Store.annotations} reads. */
export interface AnnotationPage {
  /** Annotations at most. */
  readonly limit: number;
  /** Id of the last annotation of the page before; after one that is not known comes nothing. Default: from the first on. */
  readonly after?: string | undefined;
}

/** Whether what is found is being kept. */
export interface StoreHealth {
  readonly state: 'ok' | 'failing';
  /** Why not, and what mends it; for people. */
  readonly detail?: string;
  /** ISO 8601, UTC. */
  readonly since?: string;
  /** Writes that wait until the fault is mended. */
  readonly waiting: number;
  /** Writes given up since the start, because too many waited. */
  readonly lost: number;
}

/**
 * What was found, remembered: in memory, in SQLite, or in any database that has a {@link Backend}.
 *
 * Writes are taken at once and happen in order behind the caller's back; a store that can't write says so in
 * {@link Store.health} and never stops a session. Reads may reject with a {@link StoreError}.
 */
export interface Store {
  /** Where things are kept, for people: a folder, or `memory`. */
  readonly place: string;
  /** True where events outlive the process and can be read back by {@link Store.events}. */
  readonly durable: boolean;
  /** A session begins; it is listed from now on. */
  begin(session: NewSession): void;
  /**
   * Keeps a durable event and what follows from it: a session's video, end and totals, a closed annotation. `true`, at once or
   * later, when it is committed: it survives a kill of the process. `false` when the store is failing: the event waits to be
   * written, and whoever listens should be told meanwhile. `at` is when it happened, ISO 8601; default now.
   */
  append(event: DurableEvent, at?: string): true | Promise<boolean>;
  /** Totals so far, for the case that the end never comes. */
  progress(id: string, totals: Totals): void;
  /** Newest first. */
  list(page?: SessionPage): Promise<SessionRecord[]>;
  get(id: string): Promise<SessionRecord | undefined>;
  /** Key of whom a session is counted against, who may erase it too; undefined where there is none, or nobody wrote it down. */
  writer(id: string): Promise<string | undefined>;
  /** Closed annotations in the order of their closing, those that the spotter took back included: all of them, or a page. */
  annotations(id: string, page?: AnnotationPage): Promise<readonly Annotation[]>;
  /** Durable events with `seq > since`, oldest first, at most `limit`. */
  events(session: string, since: number, limit: number): Promise<readonly DurableEvent[]>;
  image(annotation: string, name: ImageName): Promise<Uint8Array | undefined>;
  addImage(session: string, annotation: string, name: ImageName, png: Uint8Array): void;
  /** Erases a session and all that was stored of it. False where there is none. */
  erase(id: string): Promise<boolean>;
  health(): StoreHealth;
  /** Resolves when what was taken so far is written, or can't be. */
  flush(): Promise<void>;
  /** Writes what waits, if it can, and lets go. May be called twice. */
  close(): Promise<void>;
}
