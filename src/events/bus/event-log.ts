import type { Event, DurableEvent } from '../schema.js';
import { FROM_OLDEST, type Replay } from './event-bus.js';

export interface EventLogOptions {
  /** Durable events kept for each session; older ones are forgotten. */
  readonly keep: number;
  /** Events with `seq > since` that are no longer held here, or never were. */
  readonly archive?: ((session: string, since: number, limit: number) => Promise<readonly DurableEvent[]>) | undefined;
  /** Called when a listener throws. */
  readonly onListenerError?: ((error: unknown) => void) | undefined;
}

type Listener = (event: Event) => void;

interface Tail {
  /** `events[i].seq === first + i`. */
  first: number;
  events: DurableEvent[];
}

/** The latest published events of each session, and its listeners: the part of a bus that does not depend on where events come from. */
export class EventLog {
  readonly #tails = new Map<string, Tail>();
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #all = new Set<Listener>();
  readonly #options: EventLogOptions;

  constructor(options: EventLogOptions) {
    this.#options = options;
  }

  /** Sessions of which events are held. */
  get sessions(): readonly string[] {
    return [...this.#tails.keys()];
  }

  subscribe(session: string | undefined, listener: Listener): () => void {
    if (session === undefined) {
      this.#all.add(listener);
      return () => {
        this.#all.delete(listener);
      };
    }
    const listeners = this.#listeners.get(session) ?? new Set();
    this.#listeners.set(session, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(session) === listeners) this.#listeners.delete(session);
    };
  }

  /** Registers a session before its first event. */
  open(session: string): void {
    this.#tail(session, 1);
  }

  /**
   * Holds an event and publishes it. One that was published before is left out; where some are missing before it, what is held begins
   * with it, and readers find the missing ones in the archive.
   */
  tell(event: DurableEvent): void {
    const tail = this.#tail(event.session, event.seq);
    const next = tail.first + tail.events.length;
    if (event.seq < next) return;
    if (event.seq > next) {
      tail.first = event.seq;
      tail.events = [];
    }
    tail.events.push(event);
    // Forget in blocks: a shift for each event would copy the whole tail each time.
    if (tail.events.length >= this.#options.keep + Math.min(1024, this.#options.keep)) {
      const gone = tail.events.length - this.#options.keep;
      tail.events = tail.events.slice(gone);
      tail.first += gone;
    }
    this.emit(event);
  }

  /** Calls the listeners, and holds nothing. */
  emit(event: Event): void {
    for (const listeners of [this.#listeners.get(event.session) ?? [], this.#all]) {
      for (const listener of [...listeners]) {
        try {
          listener(event);
        } catch (error) {
          this.#options.onListenerError?.(error);
        }
      }
    }
  }

  replay(session: string, since: number, limit: number): Replay | Promise<Replay> {
    const tail = this.#tails.get(session);
    const { archive } = this.#options;
    if (tail && (since === FROM_OLDEST ? tail.first === 1 || !archive : since + 1 >= tail.first)) {
      const from = since === FROM_OLDEST ? 0 : since + 1 - tail.first;
      return { events: tail.events.slice(from, from + limit), truncated: false };
    }
    if (!archive) return { events: [], truncated: tail !== undefined || since > 0 };
    return archive(session, since, limit).then((found) => {
      // What the archive lacks in the middle was lost while it could not be written; what lies before that is still good.
      const gap = found.findIndex((event, i) => event.seq !== (since === FROM_OLDEST ? (found[0]?.seq ?? 0) : since + 1) + i);
      const events = gap < 0 ? found : found.slice(0, gap);
      return { events, truncated: events.length === 0 && (gap === 0 || (tail !== undefined && since + 1 < tail.first)) };
    });
  }

  /** The last `seq` published, 0 where none is held. */
  lastSeq(session: string): number {
    const tail = this.#tails.get(session);
    return tail ? tail.first + tail.events.length - 1 : 0;
  }

  forget(session: string): void {
    this.#tails.delete(session);
  }

  #tail(session: string, first: number): Tail {
    let tail = this.#tails.get(session);
    if (!tail) this.#tails.set(session, (tail = { first, events: [] }));
    return tail;
  }
}
