import type { DurableEvent } from '../../events/schema.js';
import type { Nats } from './connection.js';
import { decodeEvents, encodeBegin, encodeEvents } from './wire.js';

export interface EventWriterHooks {
  /** Must succeed before the session's first message is published. */
  readonly before?: (() => Promise<void>) | undefined;
  /** Events are in the stream, in order. */
  readonly onKept: (events: readonly DurableEvent[]) => void;
  /** Another process has ended this session, having taken its node for dead. Nothing more of it is published. */
  readonly onFenced: () => void;
  /** An attempt failed and is retried. */
  readonly onProblem: (error: unknown) => void;
}

/** Events and bytes per message; the default limit of NATS is 1 MiB. */
const MOST_EVENTS = 256;
const MOST_BYTES = 512 * 1024;
/** Milliseconds until an unacknowledged publication is retried. */
const PUBLISH_TIMEOUT_MS = 3000;
/** Milliseconds between attempts that fail immediately. */
const PAUSE = 300;
/** JetStream's error code of a failed expectation. */
const WRONG_LAST_SEQUENCE = 10_071;

/**
 * Publishes the durable events of one session exactly once, without gaps. One message is in flight at a time; events that arrive
 * meanwhile share the next one, so a slow server makes messages larger and loses none:
 *
 *     event 4 5 6 ─► waiting        message {3} ─► stream, which must hold {1,2} as its last of this session
 *
 * Each message expects its predecessor to be the session's last one in the stream. So nothing is stored twice or out of order, and a
 * disconnected process, whose session another one has ended meanwhile, cannot continue to write it.
 */
export class EventWriter {
  readonly #nats: Nats;
  readonly #session: string;
  readonly #hooks: EventWriterHooks;
  readonly #begin: Uint8Array;
  readonly #subject: string;
  #waiting: DurableEvent[] = [];
  #lastStored = 0;
  #begun = false;
  #running = false;
  #fenced = false;
  #idle: (() => void)[] = [];

  constructor(nats: Nats, session: { readonly id: string; readonly name: string; readonly made_with?: unknown }, hooks: EventWriterHooks) {
    this.#nats = nats;
    this.#session = session.id;
    this.#hooks = hooks;
    this.#subject = nats.subject('session', session.id, 'events');
    this.#begin = encodeBegin({ at: new Date().toISOString(), node: nats.node, session });
    void this.#run();
  }

  /** Events that are not in the stream yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Whether the session's begin is in the stream. */
  get begun(): boolean {
    return this.#begun;
  }

  add(event: DurableEvent): void {
    if (this.#fenced) return;
    this.#waiting.push(event);
    // Events of one tick, e.g. the last text and the end of an annotation, share a message.
    if (!this.#running && this.#waiting.length === 1) setImmediate(() => void this.#run());
  }

  /** Resolves when all added events are in the stream, or are known never to be. */
  settled(): Promise<void> {
    if (!this.#running && (this.#waiting.length === 0 || this.#fenced)) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle.push(resolve);
    });
  }

  /** Stops publishing, since another process has ended this session; reported once. */
  fence(): void {
    if (this.#fenced) return;
    this.#fenced = true;
    this.#waiting = [];
    this.#hooks.onFenced();
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    while (!this.#nats.nc.isClosed() && !this.#fenced && (!this.#begun || this.#waiting.length > 0)) {
      try {
        if (!this.#begun) {
          await this.#hooks.before?.();
          await this.#nats.js.publish(this.#nats.subject('session', this.#session, 'begin'), this.#begin, {
            msgID: `${this.#session}:begin`,
            timeout: PUBLISH_TIMEOUT_MS,
          });
          this.#begun = true;
        } else {
          await this.#publish(this.#batch());
        }
      } catch (error) {
        this.#hooks.onProblem(error);
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
      }
    }
    this.#running = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Retried until it is stored, with the same message id, so that a stored message whose acknowledgement was lost counts. */
  async #publish(batch: readonly DurableEvent[]): Promise<void> {
    const first = batch[0]?.seq ?? 0;
    const data = encodeEvents(batch, new Date().toISOString());
    for (;;) {
      try {
        const ack = await this.#nats.js.publish(this.#subject, data, {
          msgID: `${this.#session}:${String(first)}`,
          expect: { lastSubjectSequence: this.#lastStored },
          timeout: PUBLISH_TIMEOUT_MS,
        });
        this.#stored(batch, ack.seq);
        return;
      } catch (error) {
        if ((error as { code?: unknown }).code !== WRONG_LAST_SEQUENCE) {
          if (this.#nats.nc.isClosed()) throw error;
          this.#hooks.onProblem(error);
          await new Promise((resolve) => setTimeout(resolve, PAUSE));
          continue;
        }
        const last = await this.#nats.message(this.#nats.stream('EVENTS'), { last_by_subj: this.#subject });
        const held = last ? decodeEvents(last.data).events : [];
        // It may be our own message, if the server has forgotten its id: compare the content.
        if (last && JSON.stringify(held) === JSON.stringify(batch)) this.#stored(batch, last.seq);
        else this.fence();
        return;
      }
    }
  }

  #batch(): DurableEvent[] {
    let bytes = 0;
    let count = 0;
    for (const event of this.#waiting) {
      bytes += event.type === 'annotation.closed' || event.type === 'annotation.updated' ? JSON.stringify(event).length * 2 : 1024;
      if (count > 0 && (count >= MOST_EVENTS || bytes > MOST_BYTES)) break;
      count++;
    }
    return this.#waiting.slice(0, count);
  }

  #stored(batch: readonly DurableEvent[], sequence: number): void {
    this.#lastStored = sequence;
    this.#waiting.splice(0, batch.length);
    this.#hooks.onKept(batch);
  }
}
