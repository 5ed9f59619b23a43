import type { Annotation, DurableEvent, Totals } from '../events/schema.js';
import { ImageCache } from './image-cache.js';
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

export interface MemoryStoreOptions {
  /** Ended sessions kept; the oldest are forgotten first. Default 200. */
  readonly keepSessions?: number;
  /**
   * Durable events that ended sessions may have in all, since the bus holds them as long as the session is known. Default 50 000, some tens
   * of MiB.
   */
  readonly keepEvents?: number;
  /** Closed annotations kept for each session; the oldest are forgotten first. Default 10 000. */
  readonly keepAnnotations?: number;
  /** Bytes of images kept in all; the oldest are forgotten first. Default 16 MiB, about a hundred alerts. */
  readonly keepImageBytes?: number;
  /** Bytes of curves kept in all; beyond, no more are stored. Default 64 MiB, some tens of hours of a face. */
  readonly keepSeriesBytes?: number;
  /** Told of a session that was forgotten: to keep the bound, or because it was erased. */
  readonly onForget?: (session: string) => void;
}

interface Entry {
  record: SessionRecord;
  readonly writer: string | undefined;
  readonly annotations: Annotation[];
  readonly series: SeriesBlock[];
  /** By coder and entry. */
  readonly reviews: Map<string, StoredReview>;
  events: number;
}

/** What was found, in memory: gone when the process ends. Events are left to the bus. */
export class MemoryStore implements Store {
  readonly place = 'memory';
  readonly durable = false;
  readonly #sessions = new Map<string, Entry>();
  readonly #images: ImageCache;
  readonly #options: Required<Omit<MemoryStoreOptions, 'keepImageBytes'>>;
  #seriesBytes = 0;

  constructor(options: MemoryStoreOptions = {}) {
    this.#images = new ImageCache(options.keepImageBytes);
    this.#options = {
      keepSessions: 200,
      keepEvents: 50_000,
      keepAnnotations: 10_000,
      keepSeriesBytes: 64 * 2 ** 20,
      onForget: () => undefined,
      ...options,
    };
  }

  begin(session: NewSession): void {
    this.#sessions.set(session.id, {
      record: beginning(session),
      writer: session.writer,
      annotations: [],
      series: [],
      reviews: new Map(),
      events: 0,
    });
    let [sessions, events] = [0, 0];
    for (const entry of [...this.#sessions.values()].reverse()) {
      if (entry.record.state !== 'ended') continue;
      events += entry.events;
      // The one that ended last is kept however much there was to it.
      if (++sessions > this.#options.keepSessions || (sessions > 1 && events > this.#options.keepEvents)) this.#forget(entry.record.id);
    }
  }

  append(event: DurableEvent, at?: string): true {
    const entry = this.#sessions.get(event.session);
    if (!entry) return true;
    entry.events++;
    entry.record = after(entry.record, event, at);
    if (event.type === 'annotation.closed') {
      entry.annotations.push(event.annotation);
      if (entry.annotations.length > this.#options.keepAnnotations) entry.annotations.shift();
    }
    return true;
  }

  progress(id: string, totals: Totals): void {
    const entry = this.#sessions.get(id);
    if (entry) entry.record = withTotals(entry.record, totals);
  }

  list({ limit = 200, before, name, state }: SessionPage = {}): Promise<SessionRecord[]> {
    const all = [...this.#sessions.values()].map((entry) => entry.record).reverse();
    const from = before === undefined ? 0 : all.findIndex((record) => record.id === before) + 1;
    if (before !== undefined && from === 0) return Promise.resolve([]);
    return Promise.resolve(
      all
        .slice(from)
        .filter((record) => (name === undefined || record.name === name) && (state === undefined || record.state === state))
        .slice(0, limit),
    );
  }

  get(id: string): Promise<SessionRecord | undefined> {
    return Promise.resolve(this.#sessions.get(id)?.record);
  }

  writer(id: string): Promise<string | undefined> {
    return Promise.resolve(this.#sessions.get(id)?.writer);
  }

  annotations(id: string, page?: AnnotationPage): Promise<readonly Annotation[]> {
    const all = this.#sessions.get(id)?.annotations ?? [];
    if (page === undefined) return Promise.resolve([...all]);
    // Those asked for a moment ago may have been forgotten since: what comes next is then not known either.
    const from = page.after === undefined ? 0 : all.findIndex((annotation) => annotation.id === page.after) + 1;
    return Promise.resolve(page.after !== undefined && from === 0 ? [] : all.slice(from, from + page.limit));
  }

  events(): Promise<readonly DurableEvent[]> {
    return Promise.resolve([]);
  }

  image(annotation: string, name: ImageName): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.#images.get(annotation, name));
  }

  addImage(session: string, annotation: string, name: ImageName, png: Uint8Array): void {
    if (this.#sessions.has(session)) this.#images.add(session, annotation, name, png);
  }

  addSeries(session: string, block: SeriesBlock): void {
    const entry = this.#sessions.get(session);
    if (!entry || this.#seriesBytes + block.data.byteLength > this.#options.keepSeriesBytes) return;
    this.#seriesBytes += block.data.byteLength;
    entry.series.push(block);
  }

  series(session: string, { from, until, limit, after }: SeriesPage): Promise<readonly SeriesBlock[]> {
    const isLater = (block: SeriesBlock): boolean =>
      after === undefined || block.from > after.from || (block.from === after.from && block.face > after.face);
    const found = (this.#sessions.get(session)?.series ?? [])
      .filter((block) => block.until >= from && block.from <= until && isLater(block))
      .sort((a, b) => a.from - b.from || (a.face < b.face ? -1 : 1));
    return Promise.resolve(found.slice(0, limit));
  }

  reviews(session: string, { coder, after, limit }: ReviewPage): Promise<readonly StoredReview[]> {
    const from = after === undefined ? '' : reviewKey(after.coder, after.entry);
    const found = [...(this.#sessions.get(session)?.reviews ?? [])]
      .filter(([key, { review }]) => key > from && (coder === undefined || review.coder === coder))
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return Promise.resolve(found.slice(0, limit).map(([, stored]) => stored));
  }

  review(session: string, coder: string, entry: string): Promise<StoredReview | undefined> {
    return Promise.resolve(this.#sessions.get(session)?.reviews.get(reviewKey(coder, entry)));
  }

  coders(session: string): Promise<readonly StoredCoder[]> {
    const coders = new Map<string, StoredCoder>();
    for (const { owner, review } of this.#sessions.get(session)?.reviews.values() ?? [])
      coders.set(review.coder, { coder: review.coder, owner, entries: (coders.get(review.coder)?.entries ?? 0) + 1 });
    return Promise.resolve([...coders.values()].sort((a, b) => (a.coder < b.coder ? -1 : 1)));
  }

  putReview(session: string, stored: StoredReview): Promise<void> {
    this.#sessions.get(session)?.reviews.set(reviewKey(stored.review.coder, stored.review.entry), stored);
    return Promise.resolve();
  }

  dropReviews(session: string, coder: string, entry?: string): Promise<void> {
    const reviews = this.#sessions.get(session)?.reviews;
    for (const [key, { review }] of reviews ?? [])
      if (review.coder === coder && (entry === undefined || review.entry === entry)) reviews?.delete(key);
    return Promise.resolve();
  }

  erase(id: string): Promise<boolean> {
    return Promise.resolve(this.#forget(id));
  }

  health(): StoreHealth {
    return { state: 'ok', waiting: 0, lost: 0 };
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #forget(id: string): boolean {
    this.#images.erase(id);
    for (const { data } of this.#sessions.get(id)?.series ?? []) this.#seriesBytes -= data.byteLength;
    const existed = this.#sessions.delete(id);
    if (existed) this.#options.onForget(id);
    return existed;
  }
}

/** In the order of coder and entry: no name holds a space of this kind. */
function reviewKey(coder: string, entry: string): string {
  return `${coder}\t${entry}`;
}
