import type { Event, EventDraft, LastingEvent } from '../annotations/schema.js';
import { FROM_OLDEST, type EventBus, type Replay } from './event-bus.js';

/** Options of {@link InProcessBus}. */
export interface InProcessBusOptions {
  /** Lasting events kept for each session; older ones are forgotten. Default 20 000. */
  readonly keep?: number;
  /**
   * Makes a lasting event safe before anyone is told of it. `true` is safe; `false` is not, and the listeners are told all the
   * same. Default: nothing is kept beyond the process.
   */
  readonly commit?: (event: LastingEvent) => true | Promise<boolean>;
  /** Safe events with `seq > since` that this process no longer holds, or never did. */
  readonly archive?: (session: string, since: number, limit: number) => Promise<readonly LastingEvent[]>;
  /** Called when a listener throws. */
  readonly onListenerError?: (error: unknown) => void;
}

/** Ended sessions held because the archive lacks events of theirs. */
const MOST_UNSAFE = 200;

type Listener = (event: Event) => void;

interface Log {
  /** `events[i].seq === first + i`. */
  first: number;
  /** Told so far. */
  events: LastingEvent[];
  /** Numbered, and not safe yet. */
  waiting: LastingEvent[];
  /** Every event so far is in the archive. */
  safe: boolean;
}

/** The default bus: everything in this process, bounded by `keep` events a session. */
export class InProcessBus implements EventBus {
  readonly #logs = new Map<string, Log>();
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #all = new Set<Listener>();
  /** Ended sessions that the archive lacks events of, oldest first. */
  readonly #unsafe: string[] = [];
  readonly #options: InProcessBusOptions;
  readonly #keep: number;

  constructor(options: InProcessBusOptions = {}) {
    this.#options = options;
    this.#keep = options.keep ?? 20_000;
  }

  publish(draft: EventDraft): Event {
    if (draft.type === 'track' || draft.type === 'signal' || draft.type === 'stats') {
      this.#emit(draft);
      return draft;
    }
    const log = this.#log(draft.session);
    const event: LastingEvent = { ...draft, seq: log.first + log.events.length + log.waiting.length };
    log.waiting.push(event);
    const committed = this.#options.commit?.(event) ?? true;
    if (committed === true) this.#tell(log, event.seq);
    else void committed.catch(() => false).then((safe) => { log.safe &&= safe; this.#tell(log, event.seq); });
    return event;
  }

  subscribe(session: string | undefined, listener: Listener): () => void {
    if (session === undefined) {
      this.#all.add(listener);
      return () => { this.#all.delete(listener); };
    }
    const listeners = this.#listeners.get(session) ?? new Set();
    this.#listeners.set(session, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(session) === listeners) this.#listeners.delete(session);
    };
  }

  replay(session: string, since: number, limit: number): Replay | Promise<Replay> {
    const log = this.#logs.get(session);
    if (log && (since === FROM_OLDEST ? log.first === 1 || !this.#options.archive : since + 1 >= log.first)) {
      const from = since === FROM_OLDEST ? 0 : since + 1 - log.first;
      return { events: log.events.slice(from, from + limit), truncated: false };
    }
    if (!this.#options.archive) return { events: [], truncated: log !== undefined || since > 0 };
    return this.#options.archive(session, since, limit).then((found) => {
      // What the archive lacks in the middle was lost while it could not be written; what lies before that is still good.
      const gap = found.findIndex((event, i) => event.seq !== (since === FROM_OLDEST ? found[0]?.seq ?? 0 : since + 1) + i);
      const events = gap < 0 ? found : found.slice(0, gap);
      return { events, truncated: events.length === 0 && (gap === 0 || (log !== undefined && since + 1 < log.first)) };
    });
  }

  lastSeq(session: string): number {
    const log = this.#logs.get(session);
    return log ? log.first + log.events.length - 1 : 0;
  }

  forget(session: string): void { this.#logs.delete(session); }

  /** Moves what is safe, up to `seq`, from those that wait to those that were told. */
  #tell(log: Log, seq: number): void {
    let event: LastingEvent | undefined;
    while ((event = log.waiting[0]) && event.seq <= seq) {
      log.waiting.shift();
      log.events.push(event);
      // Forget in blocks: a shift for each event would copy the whole log each time.
      if (log.events.length >= this.#keep + 1024) {
        const gone = log.events.length - this.#keep;
        log.events = log.events.slice(gone);
        log.first += gone;
      }
      this.#emit(event);
      // What has ended and is safe is read from the archive by those who still ask.
      if (event.type === 'session.ended' && this.#options.archive) this.#release(event.session, log);
    }
  }

  #release(session: string, log: Log): void {
    if (log.safe) {
      if (this.#logs.get(session) === log) this.#logs.delete(session);
      return;
    }
    // Not safe: this process is the only one that can still tell it.
    this.#unsafe.push(session);
    if (this.#unsafe.length > MOST_UNSAFE) this.#logs.delete(this.#unsafe.shift() ?? '');
  }

  #emit(event: Event): void {
    for (const listeners of [this.#listeners.get(event.session) ?? [], this.#all]) {
      for (const listener of [...listeners]) {
        try { listener(event); } catch (error) { this.#options.onListenerError?.(error); }
      }
    }
  }

  #log(session: string): Log {
    let log = this.#logs.get(session);
    if (!log) this.#logs.set(session, log = { first: 1, events: [], waiting: [], safe: true });
    return log;
  }
}
