import type { Annotation, DurableEvent, Totals } from '../events/schema.js';
import type { Backend, Write } from './backend.js';
import { ImageCache } from './image-cache.js';
import { missingEnd } from './recover.js';
import {
  beginWrites,
  blockOf,
  bodyOf,
  eventWrites,
  reviewDrops,
  reviewOf,
  reviewRead,
  reviewWrites,
  seriesParams,
  seriesWrites,
  sessionOf,
  sessionOfWrite,
} from './rows.js';
import { after, beginning, withTotals } from './session-view.js';
import type {
  AnnotationPage,
  ImageName,
  NewSession,
  ReviewPage,
  SeriesBlock,
  SeriesPage,
  SessionPage,
  SessionRecord,
  Store,
  StoredCoder,
  StoredReview,
  StoreHealth,
} from './store.js';
import { StoreError } from './store-error.js';
import { Writer, type WriterOptions } from './writer.js';

export interface DurableStoreOptions extends Omit<WriterOptions, 'write'> {
  /** Whether crops and maps are stored in the database. Default false: in memory only, for a limited time. */
  readonly keepImages?: boolean;
  /** Bytes of images in memory; the oldest are dropped first. Default 16 MiB. */
  readonly cacheImageBytes?: number;
  /** Bytes of a session beyond which none of its images are stored. Default: unlimited. */
  readonly sessionBytes?: number;
  /** Other processes run the sessions and report their end, so live ones are not ended on open. Default false. */
  readonly shared?: boolean;
  /** Erases what others hold of a session, before it is deleted here; if that fails, the session stays and the deletion is retried. */
  readonly beforeDelete?: ((session: string) => Promise<unknown>) | undefined;
  /** Called when a session was erased. */
  readonly onForget?: (session: string) => void;
}

/** Events per read when a session is recovered after a crash. */
const CHUNK = 1000;

interface Live {
  readonly record: SessionRecord;
  /** `seq` of the last event in the record. */
  readonly seq: number;
  /** Bytes stored so far. */
  readonly bytes: number;
}

/**
 * Stores findings in a database. Live sessions are also held in memory, so that they are visible immediately and while the database fails.
 */
export class DurableStore implements Store {
  readonly durable = true;
  readonly #backend: Backend;
  readonly #writer: Writer;
  readonly #options: DurableStoreOptions;
  readonly #images: ImageCache;
  /** Sessions of this process, and those whose end is not written yet. */
  readonly #live = new Map<string, Live>();
  #closed = false;

  private constructor(backend: Backend, options: DurableStoreOptions) {
    this.#backend = backend;
    this.#options = options;
    this.#images = new ImageCache(options.cacheImageBytes);
    this.#writer = new Writer({
      ...options,
      write: (batch) => backend.write(batch),
      onRecovered: () => {
        for (const [id, { record }] of this.#live) if (record.state === 'ended') this.#live.delete(id);
        options.onRecovered?.();
      },
    });
  }

  /** Opens the store, and ends sessions that a crash left live, unless other processes run them. @throws StoreError */
  static async open(backend: Backend, options: DurableStoreOptions = {}): Promise<DurableStore> {
    const store = new DurableStore(backend, options);
    for (const row of await backend.read('live', [])) {
      const record = await store.get(String(row['id']));
      if (record && options.shared)
        store.#live.set(record.id, {
          record,
          seq: Number((await backend.read('lastSeq', [record.id]))[0]?.['seq'] ?? 0),
          bytes: await store.#sizeOf(record.id),
        });
      else if (record) await store.#finish(record);
    }
    return store;
  }

  get place(): string {
    return this.#backend.place;
  }

  /** The database, for {@link Retention}. */
  get backend(): Backend {
    return this.#backend;
  }

  begin(session: NewSession): void {
    const record = beginning(session);
    this.#live.set(session.id, { record, seq: 0, bytes: 0 });
    void this.#writer.add(beginWrites(record, session.writer ?? null), true);
  }

  async append(event: DurableEvent, at = new Date().toISOString()): Promise<boolean> {
    const writes = eventWrites(event, at);
    this.#grow(event.session, writes);
    const bytes = this.#live.get(event.session)?.bytes;
    if (event.type === 'session.ended' && bytes !== undefined) writes.push({ statement: 'bytes', params: [bytes, event.session] });
    const kept = await this.#writer.add(writes, event.type.startsWith('session.') || event.type === 'annotation.closed');
    const live = this.#live.get(event.session);
    if (live) {
      if (event.type === 'session.ended' && kept) this.#live.delete(event.session);
      // A duplicate, whose acknowledgement was lost, counts once.
      else if (event.seq > live.seq) this.#live.set(event.session, { ...live, record: after(live.record, event, at), seq: event.seq });
    }
    return kept;
  }

  progress(id: string, totals: Totals): void {
    const live = this.#live.get(id);
    if (!live) return;
    this.#live.set(id, { ...live, record: withTotals(live.record, totals) });
    if (!this.#writer.fault)
      void this.#writer.add(
        [
          { statement: 'totals', params: [JSON.stringify(totals), id] },
          { statement: 'bytes', params: [live.bytes, id] },
        ],
        false,
      );
  }

  async list({ limit = 200, before, name, state }: SessionPage = {}): Promise<SessionRecord[]> {
    if (state === 'live') return this.#listLive({ limit, before, name });
    const named = name === undefined ? [] : [name];
    const rows = await (before === undefined
      ? this.#backend.read(name === undefined ? 'newest' : 'newestNamed', [...named, limit])
      : this.#backend.read(name === undefined ? 'before' : 'beforeNamed', [...named, before, limit]));
    const records = rows.map(sessionOf).map((record) => this.#live.get(record.id)?.record ?? record);
    if (before !== undefined) return records;
    const listed = new Set(records.map(({ id }) => id));
    const unwritten = [...this.#live.values()]
      .map(({ record }) => record)
      .filter((record) => !listed.has(record.id) && (name === undefined || record.name === name))
      .reverse();
    return [...unwritten, ...records].slice(0, limit);
  }

  async get(id: string): Promise<SessionRecord | undefined> {
    const live = this.#live.get(id);
    if (live) return live.record;
    const [row] = await this.#backend.read('session', [id]);
    return row && sessionOf(row);
  }

  async writer(id: string): Promise<string | undefined> {
    // A new session may still be queued.
    if (this.#live.get(id)?.seq === 0) await this.#writer.flush();
    const [row] = await this.#backend.read('writer', [id]);
    return typeof row?.['writer'] === 'string' ? row['writer'] : undefined;
  }

  async annotations(id: string, page?: AnnotationPage): Promise<readonly Annotation[]> {
    const waiting = this.#waitingAnnotations(id);
    const limit = page?.limit ?? Infinity;
    // Queued annotations come last: the database has none beyond them.
    const passed = page?.after === undefined ? -1 : waiting.findIndex((annotation) => annotation.id === page.after);
    if (passed >= 0) return waiting.slice(passed + 1, passed + 1 + limit);
    const rows =
      page === undefined
        ? await this.#backend.read('annotations', [id])
        : page.after === undefined
          ? await this.#backend.read('firstAnnotations', [id, page.limit])
          : await this.#backend.read('annotationsAfter', [id, page.after, page.limit]);
    const kept = rows.map((row) => bodyOf(row) as Annotation);
    if (kept.length >= limit) return kept;
    const known = new Set(kept.map((annotation) => annotation.id));
    return [...kept, ...waiting.filter((annotation) => !known.has(annotation.id))].slice(0, limit);
  }

  #waitingAnnotations(session: string): Annotation[] {
    return this.#writer.told
      .filter(({ statement, params }) => statement === 'annotation' && params[1] === session)
      .map(({ params }) => JSON.parse(String(params[5])) as Annotation);
  }

  async events(session: string, since: number, limit: number): Promise<readonly DurableEvent[]> {
    return (await this.#backend.read('events', [session, since, limit])).map((row) => bodyOf(row) as DurableEvent);
  }

  async image(annotation: string, name: ImageName): Promise<Uint8Array | undefined> {
    const cached = this.#images.get(annotation, name);
    if (cached) return cached;
    const [row] = await this.#backend.read('image', [annotation, name]);
    return row?.['png'] instanceof Uint8Array ? row['png'] : undefined;
  }

  addImage(session: string, annotation: string, name: ImageName, png: Uint8Array): void {
    const live = this.#live.get(session);
    if (!live) return;
    this.#images.add(session, annotation, name, png);
    if (!this.#options.keepImages || live.bytes + png.byteLength > (this.#options.sessionBytes ?? Infinity)) return;
    const writes: Write[] = [{ statement: 'image', params: [annotation, name, session, png] }];
    this.#grow(session, writes);
    void this.#writer.add(writes, false);
  }

  addSeries(session: string, block: SeriesBlock): void {
    const live = this.#live.get(session);
    if (!live || live.bytes + block.data.byteLength > (this.#options.sessionBytes ?? Infinity)) return;
    const writes = seriesWrites(session, block);
    this.#grow(session, writes);
    void this.#writer.add(writes, false);
  }

  async series(session: string, page: SeriesPage): Promise<readonly SeriesBlock[]> {
    // The last seconds of a live session may still be queued.
    await this.#writer.flush();
    return (await this.#backend.read('series', seriesParams(session, page))).map(blockOf);
  }

  async reviews(session: string, page: ReviewPage): Promise<readonly StoredReview[]> {
    return (await this.#backend.read(...reviewRead(session, page))).map(reviewOf);
  }

  async review(session: string, coder: string, entry: string): Promise<StoredReview | undefined> {
    return (await this.#backend.read('review', [session, coder, entry])).map(reviewOf)[0];
  }

  async coders(session: string): Promise<readonly StoredCoder[]> {
    return (await this.#backend.read('coders', [session])).map((row) => ({
      coder: String(row['coder']),
      owner: String(row['owner']),
      entries: Number(row['entries']),
    }));
  }

  putReview(session: string, review: StoredReview): Promise<void> {
    return this.#commit(reviewWrites(session, review));
  }

  dropReviews(session: string, coder: string, entry?: string): Promise<void> {
    return this.#commit(reviewDrops(session, coder, entry));
  }

  /** Writes what a person waits for. @throws StoreError where it is not durable */
  async #commit(writes: readonly Write[]): Promise<void> {
    if (await this.#writer.add(writes, true)) return;
    throw this.#writer.fault?.error ?? new StoreError('store_failed', 'the change could not be written; try again');
  }

  async erase(id: string): Promise<boolean> {
    const existed = await this.delete(id);
    if (existed) await this.#backend.scrub();
    return existed;
  }

  /** Deletes a session without scrubbing, for callers that delete many. */
  async delete(id: string): Promise<boolean> {
    await this.#options.beforeDelete?.(id);
    await this.#writer.flush();
    const deleted = await this.#backend.delete(id);
    this.#writer.drop((write) => sessionOfWrite(write) === id);
    const live = this.#live.delete(id);
    this.#images.erase(id);
    this.#options.onForget?.(id);
    return deleted || live;
  }

  health(): StoreHealth {
    const { fault, waiting, lost } = this.#writer;
    return fault ? { state: 'failing', detail: fault.error.message, since: fault.since, waiting, lost } : { state: 'ok', waiting, lost };
  }

  async flush(): Promise<void> {
    await this.#writer.flush();
    // Callers that wait for a commit resume before those that wait for all of them.
    await new Promise((resolve) => setImmediate(resolve));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#writer.close();
    await this.#backend.close();
  }

  /** Adds to the bytes of a live session. */
  #grow(session: string, writes: readonly Write[]): void {
    const live = this.#live.get(session);
    const bytes = writes
      .flatMap(({ params }) => params)
      .reduce<number>(
        (sum, value) => sum + (typeof value === 'string' ? value.length : value instanceof Uint8Array ? value.byteLength : 0),
        0,
      );
    if (live) this.#live.set(session, { ...live, bytes: live.bytes + bytes });
  }

  async #sizeOf(session: string): Promise<number> {
    return Number((await this.#backend.read('size', [session, session, session, session, session]))[0]?.['bytes'] ?? 0);
  }

  /** All live sessions are held in memory; no database query is needed. */
  async #listLive({ limit, before, name }: SessionPage): Promise<SessionRecord[]> {
    const from = before === undefined ? undefined : await this.get(before);
    if (before !== undefined && !from) return [];
    return [...this.#live.values()]
      .map(({ record }) => record)
      .filter((record) => record.state === 'live' && (name === undefined || record.name === name) && (!from || isOlder(record, from)))
      .sort((a, b) => (isOlder(a, b) ? 1 : -1))
      .slice(0, limit);
  }

  async #finish(record: SessionRecord): Promise<void> {
    const events: DurableEvent[] = [];
    for (;;) {
      const chunk = await this.events(record.id, events.at(-1)?.seq ?? 0, CHUNK);
      events.push(...chunk);
      if (chunk.length < CHUNK) break;
    }
    const at = new Date().toISOString();
    await this.#backend.write(missingEnd(record, events).flatMap((event) => eventWrites(event, at)));
    await this.#backend.write([{ statement: 'bytes', params: [await this.#sizeOf(record.id), record.id] }]);
  }
}

/** The order of pages: by start, then by id. */
const isOlder = (a: SessionRecord, b: SessionRecord): boolean => a.started < b.started || (a.started === b.started && a.id < b.id);
