import { AckPolicy, DeliverPolicy, type ConsumerMessages, type JsMsg } from '@nats-io/jetstream';
import { headers, type Msg, type Subscription } from '@nats-io/transport-node';
import { z } from 'zod';
import { coderSchema, entrySchema, reviewSchema, totalsSchema } from '../events/mod.js';
import { decodeBegin, decodeEvents, STORE, type Nats } from './nats/mod.js';
import { IMAGE_NAMES, type ImageName, type SessionOrigin, type Store } from '../store/mod.js';
import { idSchema } from './ids.js';
import { purgeSession } from './purge-session.js';
import { answer, toBytes } from './request.js';

export interface StoreServiceOptions {
  readonly nats: Nats;
  readonly store: Store;
  /** Whether images are stored. */
  readonly keepImages: boolean;
  readonly onProblem: (message: string, error: unknown) => void;
}

const reviewPage = z.object({
  limit: z.int().min(1).max(1000),
  coder: coderSchema.optional(),
  after: z.object({ coder: coderSchema, entry: entrySchema }).optional(),
});

const questionSchema = z.object({ v: z.literal(1) }).and(
  z.discriminatedUnion('operation', [
    z.object({
      operation: z.literal('list'),
      args: z.tuple([
        z.object({
          limit: z.int().min(1).max(1000).optional(),
          before: z.string().optional(),
          name: z.string().optional(),
          state: z.literal('live').optional(),
        }),
      ]),
    }),
    z.object({ operation: z.literal('get'), args: z.tuple([idSchema]) }),
    z.object({ operation: z.literal('writer'), args: z.tuple([idSchema]) }),
    z.object({
      operation: z.literal('annotations'),
      args: z.tuple([idSchema, z.object({ limit: z.int().min(1).max(1000), after: z.string().max(200).optional() }).optional()]),
    }),
    z.object({ operation: z.literal('events'), args: z.tuple([idSchema, z.number(), z.int().min(1).max(1000)]) }),
    z.object({ operation: z.literal('image'), args: z.tuple([idSchema, z.enum(IMAGE_NAMES)]) }),
    z.object({ operation: z.literal('reviews'), args: z.tuple([idSchema, reviewPage]) }),
    z.object({ operation: z.literal('review'), args: z.tuple([idSchema, coderSchema, entrySchema]) }),
    z.object({ operation: z.literal('coders'), args: z.tuple([idSchema]) }),
    z.object({
      operation: z.literal('putReview'),
      args: z.tuple([idSchema, z.object({ owner: z.string().max(128), review: reviewSchema })]),
    }),
    z.object({ operation: z.literal('dropReviews'), args: z.tuple([idSchema, coderSchema, entrySchema.optional()]) }),
    z.object({ operation: z.literal('erase'), args: z.tuple([idSchema]) }),
  ]),
);

/** Nanoseconds until an unacknowledged message is redelivered: the delay of messages that were in flight during a disconnect. */
const ACK_WAIT_NS = 10_000_000_000;
/** Milliseconds before a message that could not be stored is redelivered. */
const RETRY_DELAY_MS = 5000;
/** Events in flight between stream and store. */
const MAX_UNACKED = 2000;

/** Runs in the store's process: writes events from the stream to the store, acknowledges them once committed, and answers reads. */
export class StoreService {
  readonly #options: StoreServiceOptions;
  readonly #subscriptions: Subscription[];
  readonly #consuming: ConsumerMessages[] = [];
  readonly #work = new Set<Promise<void>>();

  private constructor(options: StoreServiceOptions) {
    this.#options = options;
    const { nats, store, onProblem } = options;
    const answers = (error: Error | null, message: Msg): void => {
      if (!error)
        this.#track(
          answer(
            message,
            (question) => this.#reply(question),
            (text) => {
              const head = headers();
              head.set('Mellm-Error', text);
              return { headers: head };
            },
          ),
        );
    };
    this.#subscriptions = [
      nats.nc.subscribe(nats.subject('store'), { queue: 'store', callback: answers }),
      nats.nc.subscribe(nats.subject('store', nats.node), { callback: answers }),
      nats.nc.subscribe(nats.subject('progress', '*'), {
        callback: (error, message) => {
          if (error) return;
          try {
            store.progress(message.subject.split('.').at(-1) ?? '', totalsSchema.parse(message.json()));
          } catch (cause) {
            onProblem('malformed session totals', cause);
          }
        },
      }),
    ];
  }

  static async start(options: StoreServiceOptions): Promise<StoreService> {
    const service = new StoreService(options);
    const { nats, keepImages } = options;
    await service.#consume('EVENTS', (message) => service.#storeEvents(message));
    if (keepImages) {
      await service.#consume('IMAGES', (message) => service.#storeImage(message));
      // The images' stream is in the server's memory: after its restart the consumer must be recreated.
      nats.onReconnect(() => {
        setTimeout(
          () =>
            void service
              .#consume('IMAGES', (message) => service.#storeImage(message))
              .catch((error: unknown) => {
                options.onProblem('cannot consume images', error);
              }),
          2000,
        ).unref();
      });
    }
    return service;
  }

  async close(): Promise<void> {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    await Promise.all(this.#consuming.map((messages) => messages.close()));
    await Promise.allSettled(this.#work);
    await this.#options.store.flush();
  }

  async #consume(name: 'EVENTS' | 'IMAGES', take: (message: JsMsg) => Promise<void>): Promise<void> {
    const { nats } = this.#options;
    const stream = nats.stream(name);
    await nats.jsm.consumers.add(stream, {
      durable_name: STORE,
      ack_policy: AckPolicy.Explicit,
      ack_wait: ACK_WAIT_NS,
      max_ack_pending: MAX_UNACKED,
      deliver_policy: DeliverPolicy.All,
    });
    const messages = await (await nats.js.consumers.get(stream, STORE)).consume({ max_messages: 200 });
    this.#consuming.push(messages);
    void (async () => {
      for await (const message of messages) await take(message);
    })().catch((error: unknown) => {
      this.#options.onProblem(`cannot consume stream ${stream}`, error);
    });
  }

  /** Takes messages in order; each is acknowledged once committed, while the next ones are taken. */
  async #storeEvents(message: JsMsg): Promise<void> {
    const { store, onProblem } = this.#options;
    try {
      if (message.subject.endsWith('.begin')) {
        const { session, at } = decodeBegin(message.data);
        // A redelivered session exists already, and may have ended since.
        if (!(await store.get(session.id)))
          store.begin({
            id: session.id,
            name: session.name,
            started: at,
            ...(session.writer === undefined ? {} : { writer: session.writer }),
            ...(session.made_with ? { made_with: session.made_with as SessionOrigin } : {}),
          });
        this.#track(
          store.flush().then(() => {
            if (store.health().state === 'ok') message.ack();
            else message.nak(RETRY_DELAY_MS);
          }),
        );
        return;
      }
      const { events, at } = decodeEvents(message.data);
      const kept = events.map(async (event) => store.append(event, at));
      this.#track(
        Promise.all(kept).then((safe) => {
          if (safe.every(Boolean)) message.ack();
          else message.nak(RETRY_DELAY_MS);
        }),
      );
    } catch (error) {
      onProblem('event could not be stored', error);
      message.nak(RETRY_DELAY_MS);
    }
  }

  #storeImage(message: JsMsg): Promise<void> {
    const [name = '', annotation = '', session = ''] = message.subject.split('.').reverse();
    this.#options.store.addImage(session, annotation, name as ImageName, message.data);
    message.ack();
    return Promise.resolve();
  }

  async #reply(asked: unknown): Promise<Uint8Array> {
    const { store } = this.#options;
    const question = questionSchema.parse(asked);
    switch (question.operation) {
      case 'list':
        return toBytes(await store.list(...question.args));
      case 'get':
        return toBytes(await store.get(...question.args));
      case 'writer':
        return toBytes(await store.writer(...question.args));
      case 'annotations':
        return toBytes(await store.annotations(...question.args));
      case 'events':
        return toBytes(await store.events(...question.args));
      case 'image':
        return (await store.image(...question.args)) ?? new Uint8Array();
      case 'reviews':
        return toBytes(await store.reviews(...question.args));
      case 'review':
        return toBytes((await store.review(...question.args)) ?? null);
      case 'coders':
        return toBytes(await store.coders(...question.args));
      case 'putReview':
        return toBytes(await store.putReview(...question.args).then(() => true));
      case 'dropReviews':
        return toBytes(await store.dropReviews(...question.args).then(() => true));
      case 'erase':
        return toBytes(await this.#erase(...question.args));
    }
  }

  /** Erases from NATS first: while the store has the session, nobody reads it from the stream. */
  async #erase(session: string): Promise<boolean> {
    const { nats, store } = this.#options;
    const inStream = await purgeSession(nats, session);
    return (await store.erase(session)) || inStream;
  }

  #track(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => {
        this.#options.onProblem('store failed', error);
      })
      .finally(() => {
        this.#work.delete(tracked);
      });
    this.#work.add(tracked);
  }
}
