import type { Subscription } from '@nats-io/transport-node';
import { settledWithin } from '../../common/time-limit.js';
import { isEphemeral, type Event, type EventDraft, type DurableEvent } from '../../events/schema.js';
import type { EventBus, Replay } from '../../events/bus/event-bus.js';
import { EventLog } from '../../events/bus/event-log.js';
import type { Nats } from './connection.js';
import { EventReader } from './event-reader.js';
import { EventWriter } from './event-writer.js';
import { EphemeralWriter } from './ephemeral-writer.js';
import { decodeEvents, decodeEphemeral } from './wire.js';

export interface NatsBusOptions {
  readonly nats: Nats;
  /** Subscribes to the sessions of all processes, for viewers. Default true. */
  readonly hear?: boolean;
  /** Durable events of a session held here; older ones are read from the stream. Default 1000. */
  readonly keep?: number;
  /** Runs before a session's first message is published, and is retried until it succeeds. */
  readonly beforeBegin?: (session: string) => Promise<void>;
  /** Reads events that the stream has dropped. */
  readonly older?: (session: string, since: number, limit: number) => Promise<readonly DurableEvent[]>;
  /** A session of this process was ended by another one, which took this process for dead. */
  readonly onFenced?: (session: string) => void;
  /** An ended session's last event is in the stream. */
  readonly onEnded?: (session: string) => void;
  /** For the log: a retry, or a malformed message. */
  readonly onProblem?: (message: string, error: unknown) => void;
  readonly onListenerError?: (error: unknown) => void;
}

/** Ended sessions in memory, whose duplicate events are ignored. */
const ENDED = 2000;
/** Milliseconds between log lines on queued events. */
const TELL_AGAIN = 10_000;
/** Messages per request after a reconnect. */
const ABREAST = 16;

/**
 * The bus across machines. The process that owns a session numbers its durable events and publishes them to the stream, one subject per
 * session; the server republishes them to everyone once stored. Ephemeral events reach current subscribers only, and are not stored.
 *
 *     publish ─► EventWriter ─► stream ─► told.<session> ─► EventLog ─► viewers
 *        └────► EphemeralWriter ─► live.<session> ───────────────┘   ▲
 *                                  stream ─► EventReader ─ replay ─┘
 */
export class NatsBus implements EventBus {
  readonly #options: NatsBusOptions;
  readonly #nats: Nats;
  readonly #log: EventLog;
  readonly #reader: EventReader;
  readonly #ephemeral: EphemeralWriter;
  /** Sessions of this process. */
  readonly #own = new Map<string, { readonly writer: EventWriter; next: number }>();
  readonly #ended = new Set<string>();
  /** Subscribers of ephemeral events, by session; `*` is all. */
  readonly #live = new Map<string, { readonly subscription: Subscription; listeners: number }>();
  readonly #told: Subscription | undefined;
  readonly #leaveReconnects: () => void;
  #waitingTold = -TELL_AGAIN;

  constructor(options: NatsBusOptions) {
    this.#options = options;
    this.#nats = options.nats;
    this.#reader = new EventReader(options.nats);
    this.#ephemeral = new EphemeralWriter(options.nats);
    this.#log = new EventLog({
      keep: options.keep ?? 1000,
      archive: (session, since, limit) => this.#archive(session, since, limit),
      onListenerError: options.onListenerError,
    });
    this.#told =
      options.hear === false
        ? undefined
        : this.#nats.nc.subscribe(this.#nats.subject('told', '*'), {
            callback: (error, message) => {
              if (error) this.#problem('event subscription failed', error);
              else this.#heard(message.data);
            },
          });
    this.#leaveReconnects = this.#nats.onReconnect(() => void this.#catchUp());
  }

  /** Starts a session, before its first event. */
  begin(session: { readonly id: string; readonly name: string; readonly made_with?: unknown }): void {
    const { beforeBegin } = this.#options;
    const writer = new EventWriter(this.#nats, session, {
      before: beforeBegin && (() => beforeBegin(session.id)),
      onKept: (events) => {
        for (const event of events) this.#tell(event);
        if (events.at(-1)?.type !== 'session.ended') return;
        this.#disown(session.id);
        this.#options.onEnded?.(session.id);
      },
      onFenced: () => {
        this.#disown(session.id);
        this.#options.onFenced?.(session.id);
      },
      onProblem: (error) => {
        // Every session's writer reports every attempt.
        if (performance.now() - this.#waitingTold < TELL_AGAIN) return;
        this.#waitingTold = performance.now();
        this.#problem('events queued: publishing to NATS failed; retrying', error);
      },
    });
    this.#own.set(session.id, { writer, next: 1 });
  }

  publish(draft: EventDraft): Event {
    if (isEphemeral(draft)) {
      this.#log.emit(draft);
      this.#ephemeral.publish(draft);
      return draft;
    }
    const own = this.#own.get(draft.session);
    const event: DurableEvent = { ...draft, seq: own ? own.next++ : 0 };
    own?.writer.add(event);
    return event;
  }

  subscribe(session: string | undefined, listener: (event: Event) => void, only?: 'durable'): () => void {
    const leave = this.#log.subscribe(
      session,
      only === 'durable'
        ? (event) => {
            if ('seq' in event) listener(event);
          }
        : listener,
    );
    if (only === 'durable' || this.#options.hear === false) return leave;
    const key = session ?? '*';
    const live = this.#live.get(key) ?? { subscription: this.#listen(key), listeners: 0 };
    live.listeners++;
    this.#live.set(key, live);
    let listening = true;
    return () => {
      leave();
      if (!listening) return;
      listening = false;
      if (--live.listeners > 0) return;
      live.subscription.unsubscribe();
      this.#live.delete(key);
    };
  }

  replay(session: string, since: number, limit: number): Replay | Promise<Replay> {
    return this.#log.replay(session, since, limit);
  }

  lastSeq(session: string): number {
    return this.#log.lastSeq(session);
  }

  forget(session: string): void {
    this.#log.forget(session);
    this.#reader.forget(session);
  }

  /** Whether the session runs in this process, is announced and has not ended. */
  owns(session: string): boolean {
    return this.#own.get(session)?.writer.begun === true;
  }

  /** Stops publishing a session that another process has ended, and calls `onFenced`, once. */
  fence(session: string): void {
    this.#own.get(session)?.writer.fence();
  }

  /** Events of this process that are not in the stream yet. */
  get waiting(): number {
    return [...this.#own.values()].reduce((sum, { writer }) => sum + writer.waiting, 0);
  }

  /** Resolves when all published events are in the stream, or after `ms`. */
  async flush(ms = 5000): Promise<void> {
    await settledWithin(Promise.all([...this.#own.values()].map(({ writer }) => writer.settled())), ms);
  }

  /** Unsubscribes; the caller closes the connection. */
  close(): void {
    this.#leaveReconnects();
    this.#ephemeral.close();
    this.#told?.unsubscribe();
    for (const { subscription } of this.#live.values()) subscription.unsubscribe();
    this.#live.clear();
  }

  #disown(session: string): void {
    this.#own.delete(session);
    this.#ephemeral.forget(session);
  }

  #listen(key: string): Subscription {
    return this.#nats.nc.subscribe(this.#nats.subject('live', key), {
      callback: (error, message) => {
        if (error) return;
        try {
          const { node, event } = decodeEphemeral(message.data);
          // This process emitted its own events already; and a message arrives once per matching subscription.
          if (node === this.#nats.node || (key !== '*' && this.#live.has('*'))) return;
          this.#log.emit(event);
        } catch (cause) {
          this.#problem("a ephemeral event can't be read", cause);
        }
      },
    });
  }

  #heard(data: Uint8Array): void {
    try {
      for (const event of decodeEvents(data).events) this.#tell(event);
    } catch (error) {
      this.#problem("an event can't be read", error);
    }
  }

  #tell(event: DurableEvent): void {
    if (this.#ended.has(event.session)) return;
    this.#log.tell(event);
    if (event.type !== 'session.ended') return;
    // Later readers of an ended session use the stream.
    this.#log.forget(event.session);
    this.#ended.add(event.session);
    if (this.#ended.size > ENDED) this.#ended.delete(this.#ended.values().next().value ?? '');
  }

  /** Fetches the last event of each session after a reconnect; viewers fetch what precedes it. */
  async #catchUp(): Promise<void> {
    const sessions = [...new Set([...this.#log.sessions, ...this.#live.keys()])].filter(
      (session) => session !== '*' && !this.#own.has(session),
    );
    for (let i = 0; i < sessions.length; i += ABREAST) {
      await Promise.all(
        sessions.slice(i, i + ABREAST).map(async (session) => {
          try {
            for (const event of (await this.#reader.last(session)) ?? []) this.#tell(event);
          } catch (error) {
            this.#problem('cannot read the events published while NATS was disconnected', error);
          }
        }),
      );
    }
  }

  async #archive(session: string, since: number, limit: number): Promise<readonly DurableEvent[]> {
    const found = await this.#reader.read(session, Math.max(0, since), limit);
    if (!this.#options.older || found[0]?.seq === Math.max(0, since) + 1) return found;
    // The stream has no later event of this session.
    if (found.length === 0 && (await this.#reader.last(session))) return found;
    const older = await this.#options.older(session, since, limit);
    return older.length > 0 ? older : found;
  }

  #problem(message: string, error: unknown): void {
    this.#options.onProblem?.(message, error);
  }
}
