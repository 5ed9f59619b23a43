import type { Event, EventDraft, LastingEvent } from '../annotations/schema.js';
import type { EventBus, Replay } from './event-bus.js';

/** Options of {@link InProcessBus}. */
export interface InProcessBusOptions {
  /** Lasting events kept for each session; older ones are forgotten. Default 20 000. */
  readonly keep?: number;
  /** Called when a listener throws. */
  readonly onListenerError?: (error: unknown) => void;
}

interface Log {
  /** `events[i].seq === first + i`. */
  first: number;
  events: LastingEvent[];
  readonly listeners: Set<(event: Event) => void>;
}

/** The default bus: everything in this process, bounded by `keep` events a session. */
export class InProcessBus implements EventBus {
  readonly #logs = new Map<string, Log>();
  readonly #all = new Set<(event: Event) => void>();
  readonly #keep: number;
  readonly #onListenerError: (error: unknown) => void;

  constructor(options: InProcessBusOptions = {}) {
    this.#keep = options.keep ?? 20_000;
    this.#onListenerError = options.onListenerError ?? (() => undefined);
  }

  publish(draft: EventDraft): Event {
    const log = this.#log(draft.session);
    let event: Event;
    if (draft.type === 'track' || draft.type === 'signal' || draft.type === 'stats') {
      event = draft;
    } else {
      const lasting = { ...draft, seq: log.first + log.events.length };
      log.events.push(lasting);
      // Forget in blocks: a shift for each event would copy the whole log each time.
      if (log.events.length >= this.#keep + 1024) {
        const gone = log.events.length - this.#keep;
        log.events = log.events.slice(gone);
        log.first += gone;
      }
      event = lasting;
    }
    for (const listeners of [log.listeners, this.#all]) {
      for (const listener of [...listeners]) {
        try { listener(event); } catch (error) { this.#onListenerError(error); }
      }
    }
    return event;
  }

  subscribe(session: string | undefined, listener: (event: Event) => void): () => void {
    const listeners = session === undefined ? this.#all : this.#log(session).listeners;
    listeners.add(listener);
    return () => { listeners.delete(listener); };
  }

  replay(session: string, since: number, limit: number): Replay {
    const log = this.#logs.get(session);
    if (!log) return { events: [], truncated: since > 0 };
    const from = since + 1 - log.first;
    return { events: log.events.slice(Math.max(0, from), Math.max(0, from) + limit), truncated: from < 0 };
  }

  lastSeq(session: string): number {
    const log = this.#logs.get(session);
    return log ? log.first + log.events.length - 1 : 0;
  }

  forget(session: string): void { this.#logs.delete(session); }

  #log(session: string): Log {
    let log = this.#logs.get(session);
    if (!log) this.#logs.set(session, log = { first: 1, events: [], listeners: new Set() });
    return log;
  }
}
