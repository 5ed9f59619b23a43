import { z } from 'zod';
import { sessionOf, type Annotation, type DurableEvent, type Totals } from '../events/mod.js';
import { decodeBegin, decodeEvents, EventReader, type Nats, type NatsBus } from './nats/mod.js';
import {
  StoreError,
  type AnnotationPage,
  type ImageName,
  type NewSession,
  type ReviewPage,
  type SeriesBlock,
  type SessionPage,
  type SessionRecord,
  type Store,
  type StoredCoder,
  type StoredReview,
  type StoreHealth,
} from '../store/mod.js';
import { sessionRecordSchema } from '../events/session-record.js';
import { isId } from './ids.js';
import { ask, fromBytes, NobodyError } from './request.js';
import { recordOf } from './dead-node-reaper.js';

export interface BusStoreOptions {
  readonly nats: Nats;
  /** Publishes writes, which the store reads from the stream. */
  readonly bus: () => NatsBus;
  /** The node with the role `store`, if known. Default: NATS picks one. */
  readonly storeNode?: () => string | undefined;
  readonly onProblem: (message: string, error: unknown) => void;
}

/** Milliseconds after which a session is read from the stream instead, since a viewer waits. */
const FALLBACK_TIMEOUT_MS = 1500;
/** Events of a session that are read from the stream while the store is unreachable. */
const MAX_EVENTS = 100_000;

/**
 * The store as seen by every other process: writes go through the stream, reads are requests to the store's process. While that is
 * unreachable, sessions are read from the stream.
 */
export class BusStore implements Store {
  readonly place = 'the store process';
  readonly durable = true;
  readonly #options: BusStoreOptions;
  readonly #reader: EventReader;

  constructor(options: BusStoreOptions) {
    this.#options = options;
    this.#reader = new EventReader(options.nats);
  }

  begin(session: NewSession): void {
    this.#options.bus().begin(session);
  }

  /** The bus has written it to the stream, which is as durable as the store. */
  append(): true {
    return true;
  }

  progress(id: string, totals: Totals): void {
    const { nats } = this.#options;
    if (nats.connected) nats.nc.publish(nats.subject('progress', id), JSON.stringify(totals));
  }

  async list(page: SessionPage = {}): Promise<SessionRecord[]> {
    const { name, state } = page;
    // A store process of the previous release ignores name and state, and returns all sessions.
    return z
      .array(sessionRecordSchema)
      .parse(await this.#ask('list', [page]))
      .filter((record) => (name === undefined || record.name === name) && (state === undefined || record.state === state));
  }

  async get(id: string): Promise<SessionRecord | undefined> {
    if (!isId(id)) return undefined;
    let stored: SessionRecord | null;
    try {
      stored = sessionRecordSchema.nullable().parse(await this.#ask('get', [id], FALLBACK_TIMEOUT_MS));
    } catch (error) {
      const known = this.#options.nats.connected ? await this.#fromStream(id) : undefined;
      if (!known) throw error;
      return known;
    }
    return stored ?? (await this.#fromStream(id));
  }

  async writer(id: string): Promise<string | undefined> {
    return isId(id) ? (((await this.#ask('writer', [id])) as string | null) ?? undefined) : undefined;
  }

  async annotations(id: string, page?: AnnotationPage): Promise<readonly Annotation[]> {
    return !isId(id) ? [] : ((await this.#ask('annotations', page === undefined ? [id] : [id, page])) as Annotation[]);
  }

  async events(session: string, since: number, limit: number): Promise<readonly DurableEvent[]> {
    return !isId(session) ? [] : ((await this.#ask('events', [session, since, limit])) as DurableEvent[]);
  }

  async image(annotation: string, name: ImageName): Promise<Uint8Array | undefined> {
    const { nats } = this.#options;
    if (!isId(annotation)) return undefined;
    const recent = await nats
      .message(nats.stream('IMAGES'), { last_by_subj: imageSubject(nats, sessionOf(annotation), annotation, name) })
      .catch(() => null);
    if (recent) return recent.data;
    const png = await this.#bytes('image', [annotation, name]);
    return png.byteLength === 0 ? undefined : png;
  }

  addImage(session: string, annotation: string, name: ImageName, png: Uint8Array): void {
    const { nats, onProblem } = this.#options;
    nats.js.publish(imageSubject(nats, session, annotation, name), png, { timeout: 5000 }).catch((error: unknown) => {
      onProblem('image could not be published', error);
    });
  }

  /** Curves stay where they are made: in an installation of several processes they are not stored. */
  addSeries(): void {
    // Nothing to do.
  }

  series(): Promise<readonly SeriesBlock[]> {
    return Promise.resolve([]);
  }

  async reviews(session: string, page: ReviewPage): Promise<readonly StoredReview[]> {
    return isId(session) ? ((await this.#ask('reviews', [session, page])) as StoredReview[]) : [];
  }

  async review(session: string, coder: string, entry: string): Promise<StoredReview | undefined> {
    return isId(session) ? (((await this.#ask('review', [session, coder, entry])) as StoredReview | null) ?? undefined) : undefined;
  }

  async coders(session: string): Promise<readonly StoredCoder[]> {
    return isId(session) ? ((await this.#ask('coders', [session])) as StoredCoder[]) : [];
  }

  async putReview(session: string, review: StoredReview): Promise<void> {
    await this.#ask('putReview', [session, review]);
  }

  async dropReviews(session: string, coder: string, entry?: string): Promise<void> {
    await this.#ask('dropReviews', entry === undefined ? [session, coder] : [session, coder, entry]);
  }

  async erase(id: string): Promise<boolean> {
    return isId(id) && (await this.#ask('erase', [id])) === true;
  }

  health(): StoreHealth {
    const { nats, bus } = this.#options;
    return nats.connected
      ? { state: 'ok', waiting: bus().waiting, lost: 0 }
      : { state: 'failing', detail: 'NATS is unreachable: findings are queued until it reconnects', waiting: bus().waiting, lost: 0 };
  }

  flush(): Promise<void> {
    return this.#options.bus().flush();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** A session that the store has not received yet, or cannot return because it is unreachable. */
  async #fromStream(id: string): Promise<SessionRecord | undefined> {
    const { nats } = this.#options;
    const [begin, last] = await Promise.all([
      nats.message(nats.stream('EVENTS'), { last_by_subj: nats.subject('session', id, 'begin') }),
      nats.message(nats.stream('EVENTS'), { last_by_subj: nats.subject('session', id, 'events') }),
    ]);
    if (!begin) return undefined;
    const { session, at } = decodeBegin(begin.data);
    return recordOf({ ...session, started: at }, await this.#reader.read(id, 0, MAX_EVENTS), last ? decodeEvents(last.data).at : at);
  }

  async #ask(operation: string, args: readonly unknown[], timeout?: number): Promise<unknown> {
    return fromBytes(await this.#bytes(operation, args, timeout));
  }

  async #bytes(operation: string, args: readonly unknown[], timeout?: number): Promise<Uint8Array> {
    const { nats, storeNode } = this.#options;
    const question = { v: 1, operation, args };
    try {
      // By name: NATS routes to a vanished process until it notices, minutes later.
      const node = storeNode?.();
      if (node !== undefined) {
        try {
          return await ask(nats, nats.subject('store', node), question, timeout);
        } catch (error) {
          if (!(error instanceof NobodyError)) throw error;
        }
      }
      return await ask(nats, nats.subject('store'), question, timeout);
    } catch (error) {
      throw new StoreError('store_failed', error instanceof Error ? error.message : String(error), error);
    }
  }
}

export const imageSubject = (nats: Nats, session: string, annotation: string, name: string): string =>
  nats.subject('image', session, annotation, name);
