import { sessionOf, type Annotation, type DurableEvent, type Totals } from '../events/mod.js';
import { decodeBegin, decodeEvents, EventReader, type Nats, type NatsBus } from './nats/mod.js';
import {
  StoreError,
  type AnnotationPage,
  type ImageName,
  type NewSession,
  type SessionPage,
  type SessionRecord,
  type Store,
  type StoreHealth,
} from '../store/mod.js';
import { isId } from './ids.js';
import { ask, fromBytes, NobodyError } from './request.js';
import { recordOf } from './dead-node-reaper.js';

/** Options of {@link BusStore}. */
export interface BusStoreOptions {
  readonly nats: Nats;
  /** Carries what is written: the store reads it from the stream. */
  readonly bus: () => NatsBus;
  /** The node that keeps, as far as it is heard. Default: NATS is left to find one. */
  readonly keeper?: () => string | undefined;
  readonly onProblem: (message: string, error: unknown) => void;
}

/** Milliseconds after which a session is looked for in the stream instead: a viewer waits. */
const QUICK = 1500;
/** Events of a session that are read where the store is away. */
const MOST_EVENTS = 100_000;

/**
 * The store as every process sees it that is not the store itself: what is written goes by the stream, what is read is asked for.
 * While the store is away, a session is still known from the stream.
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

  /** The bus has put it into the stream, which is as safe as the store. */
  append(): true {
    return true;
  }

  progress(id: string, totals: Totals): void {
    const { nats } = this.#options;
    if (nats.connected) nats.nc.publish(nats.subject('progress', id), JSON.stringify(totals));
  }

  async list(page: SessionPage = {}): Promise<SessionRecord[]> {
    const { name, state } = page;
    // A store process of the release before knows neither name nor state, and tells of all.
    return ((await this.#ask('list', [page])) as SessionRecord[]).filter(
      (record) => (name === undefined || record.name === name) && (state === undefined || record.state === state),
    );
  }

  async get(id: string): Promise<SessionRecord | undefined> {
    if (!isId(id)) return undefined;
    let stored: SessionRecord | null;
    try {
      stored = (await this.#ask('get', [id], QUICK)) as SessionRecord | null;
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
      onProblem('a picture could not be handed on', error);
    });
  }

  async erase(id: string): Promise<boolean> {
    return isId(id) && (await this.#ask('erase', [id])) === true;
  }

  health(): StoreHealth {
    const { nats, bus } = this.#options;
    return nats.connected
      ? { state: 'ok', waiting: bus().waiting, lost: 0 }
      : { state: 'failing', detail: 'NATS is away: what is found waits here until it is back', waiting: bus().waiting, lost: 0 };
  }

  flush(): Promise<void> {
    return this.#options.bus().flush();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** A session that the store has not heard of yet, or can't tell of since it is away. */
  async #fromStream(id: string): Promise<SessionRecord | undefined> {
    const { nats } = this.#options;
    const [begin, last] = await Promise.all([
      nats.message(nats.stream('EVENTS'), { last_by_subj: nats.subject('session', id, 'begin') }),
      nats.message(nats.stream('EVENTS'), { last_by_subj: nats.subject('session', id, 'events') }),
    ]);
    if (!begin) return undefined;
    const { session, at } = decodeBegin(begin.data);
    return recordOf({ ...session, started: at }, await this.#reader.read(id, 0, MOST_EVENTS), last ? decodeEvents(last.data).at : at);
  }

  async #ask(operation: string, args: readonly unknown[], patience?: number): Promise<unknown> {
    return fromBytes(await this.#bytes(operation, args, patience));
  }

  async #bytes(operation: string, args: readonly unknown[], patience?: number): Promise<Uint8Array> {
    const { nats, keeper } = this.#options;
    const question = { v: 1, operation, args };
    try {
      // By name: NATS goes on asking one that vanished without a word until it misses it, minutes later.
      const node = keeper?.();
      if (node !== undefined) {
        try {
          return await ask(nats, nats.subject('store', node), question, patience);
        } catch (error) {
          if (!(error instanceof NobodyError)) throw error;
        }
      }
      return await ask(nats, nats.subject('store'), question, patience);
    } catch (error) {
      throw new StoreError('store_failed', error instanceof Error ? error.message : String(error), error);
    }
  }
}

export const imageSubject = (nats: Nats, session: string, annotation: string, name: string): string =>
  nats.subject('image', session, annotation, name);
