import type { Review } from '../events/review-schema.js';
import type { Annotation, DurableEvent, Totals } from '../events/schema.js';
import type { ImageName, SessionOrigin, SessionRecord } from '../events/session-record.js';

export { IMAGE_NAMES, type ImageName, type SessionOrigin, type SessionRecord } from '../events/session-record.js';

/** A session that starts. */
export type NewSession = Pick<SessionRecord, 'id' | 'name'> & {
  readonly made_with?: SessionOrigin;
  /** Default now. */
  readonly started?: string;
  /** Key of its publisher, whom its size counts against; never shown. Default: unknown. */
  readonly writer?: string;
};

/** Which sessions {@link Store.list} returns. Filtered ones do not count towards the limit. */
export interface SessionPage {
  /** Sessions at most. Default 200. */
  readonly limit?: number | undefined;
  /** Id of the last session of the previous page; after an unknown one the page is empty. Default: from the newest. */
  readonly before?: string | undefined;
  /** Only sessions of this name. Default: all. */
  readonly name?: string | undefined;
  /** Only live sessions. Default: all. */
  readonly state?: 'live' | undefined;
}

/** Which annotations {@link Store.annotations} reads. */
export interface AnnotationPage {
  /** Annotations at most. */
  readonly limit: number;
  /** Id of the last annotation of the previous page; after an unknown one the page is empty. Default: from the first. */
  readonly after?: string | undefined;
}

/** Some seconds of a face's curves. */
export interface SeriesBlock {
  readonly face: string;
  /** Media milliseconds of its first and last point. */
  readonly from: number;
  readonly until: number;
  /** As `src/pipeline/series` packs them. */
  readonly data: Uint8Array;
}

/** Which blocks {@link Store.series} reads: those that reach into a span, in the order of their begin and face. */
export interface SeriesPage {
  /** Media milliseconds. */
  readonly from: number;
  readonly until: number;
  readonly limit: number;
  /** Last block of the previous page. */
  readonly after?: Pick<SeriesBlock, 'from' | 'face'> | undefined;
}

/** A coder's entry and the key of the token that wrote it. */
export interface StoredReview {
  readonly owner: string;
  readonly review: Review;
}

/** Which reviews {@link Store.reviews} reads, by coder and entry. */
export interface ReviewPage {
  readonly limit: number;
  /** Default: all coders. */
  readonly coder?: string | undefined;
  /** Last entry of the previous page. */
  readonly after?: Pick<Review, 'coder' | 'entry'> | undefined;
}

/** Someone who has reviewed a session. */
export interface StoredCoder {
  readonly coder: string;
  /** Key of the token that writes under this name. */
  readonly owner: string;
  readonly entries: number;
}

/** Whether findings are persisted. */
export interface StoreHealth {
  readonly state: 'ok' | 'failing';
  /** Cause and fix; human-readable. */
  readonly detail?: string;
  /** ISO 8601, UTC. */
  readonly since?: string;
  /** Queued writes. */
  readonly waiting: number;
  /** Writes dropped since the start, because the queue was full. */
  readonly lost: number;
}

/**
 * Stores findings in memory, in SQLite, or in any database with a {@link Backend}.
 *
 * Writes are queued, and executed in order in the background; a store that cannot write reports it in {@link Store.health} and never stops
 * a session. Reads may reject with a {@link StoreError}.
 */
export interface Store {
  /** Location, human-readable: a folder, or `memory`. */
  readonly place: string;
  /** Whether events outlive the process and can be read by {@link Store.events}. */
  readonly durable: boolean;
  /** Adds a session, which is listed from now on. */
  begin(session: NewSession): void;
  /**
   * Stores a durable event and its effects: a session's video, end and totals, a closed annotation. `true`, now or later, once it is
   * committed and survives a kill of the process. `false` while the store fails: the event is queued, and should be published meanwhile.
   * `at` is when it happened, ISO 8601; default now.
   */
  append(event: DurableEvent, at?: string): true | Promise<boolean>;
  /** Stores the totals so far, in case the session ends in a crash. */
  progress(id: string, totals: Totals): void;
  /** Newest first. */
  list(page?: SessionPage): Promise<SessionRecord[]>;
  get(id: string): Promise<SessionRecord | undefined>;
  /** Key of a session's publisher, who may also erase it; undefined where it is unknown. */
  writer(id: string): Promise<string | undefined>;
  /** Closed annotations in the order of their closing, withdrawn ones included: all of them, or a page. */
  annotations(id: string, page?: AnnotationPage): Promise<readonly Annotation[]>;
  /** Durable events with `seq > since`, oldest first, at most `limit`. */
  events(session: string, since: number, limit: number): Promise<readonly DurableEvent[]>;
  image(annotation: string, name: ImageName): Promise<Uint8Array | undefined>;
  addImage(session: string, annotation: string, name: ImageName, png: Uint8Array): void;
  /** Stores curves of a session, while there is room for them. */
  addSeries(session: string, block: SeriesBlock): void;
  series(session: string, page: SeriesPage): Promise<readonly SeriesBlock[]>;
  reviews(session: string, page: ReviewPage): Promise<readonly StoredReview[]>;
  review(session: string, coder: string, entry: string): Promise<StoredReview | undefined>;
  coders(session: string): Promise<readonly StoredCoder[]>;
  /** Stores or replaces an entry; resolves when it is durable. */
  putReview(session: string, review: StoredReview): Promise<void>;
  /** Removes an entry, or all of a coder. */
  dropReviews(session: string, coder: string, entry?: string): Promise<void>;
  /** Erases a session and all that was stored of it. False where there is none. */
  erase(id: string): Promise<boolean>;
  health(): StoreHealth;
  /** Resolves when the queue is written, or writing fails. */
  flush(): Promise<void>;
  /** Writes the queue, if possible, and closes. */
  close(): Promise<void>;
}
