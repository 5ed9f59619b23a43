import { isEphemeral, type Event, type EventDraft, type DurableEvent } from '../schema.js';
import type { EventBus, Replay } from './event-bus.js';
import { EventLog } from './event-log.js';

export interface InProcessBusOptions {
  /** Durable events kept for each session; older ones are forgotten. Default 20 000. */
  readonly keep?: number;
  /**
   * Stores a durable event before it is published. `true`: it is stored; `false`: it is not, and is published all the same.
   * Default: nothing is stored.
   */
  readonly commit?: (event: DurableEvent) => true | Promise<boolean>;
  /** Safe events with `seq > since` that this process no longer holds, or never did. */
  readonly archive?: (session: string, since: number, limit: number) => Promise<readonly DurableEvent[]>;
  /** Called when a listener throws. */
  readonly onListenerError?: (error: unknown) => void;
}

/** Ended sessions held because the archive lacks events of theirs. */
const MOST_UNSAFE = 200;

interface Line {
  /** Number of the next event. */
  next: number;
  /** Numbered, and not safe yet. */
  waiting: DurableEvent[];
  /** Every event so far is in the archive. */
  safe: boolean;
}

/** The default bus: everything in this process, bounded by `keep` events a session. */
export class InProcessBus implements EventBus {
  readonly #lines = new Map<string, Line>();
  readonly #log: EventLog;
  /** Ended sessions that the archive lacks events of, oldest first. */
  readonly #unsafe: string[] = [];
  readonly #options: InProcessBusOptions;

  constructor(options: InProcessBusOptions = {}) {
    this.#options = options;
    this.#log = new EventLog({ keep: options.keep ?? 20_000, archive: options.archive, onListenerError: options.onListenerError });
  }

  publish(draft: EventDraft): Event {
    if (isEphemeral(draft)) {
      this.#log.emit(draft);
      return draft;
    }
    const line = this.#line(draft.session);
    const event: DurableEvent = { ...draft, seq: line.next++ };
    line.waiting.push(event);
    const committed = this.#options.commit?.(event) ?? true;
    if (committed === true) this.#tell(line, event.seq);
    else
      void committed
        .catch(() => false)
        .then((safe) => {
          line.safe &&= safe;
          this.#tell(line, event.seq);
        });
    return event;
  }

  subscribe(session: string | undefined, listener: (event: Event) => void): () => void {
    return this.#log.subscribe(session, listener);
  }

  replay(session: string, since: number, limit: number): Replay | Promise<Replay> {
    return this.#log.replay(session, since, limit);
  }

  lastSeq(session: string): number {
    return this.#log.lastSeq(session);
  }

  forget(session: string): void {
    this.#lines.delete(session);
    this.#log.forget(session);
  }

  /** Moves what is safe, up to `seq`, from the waiting events to the published ones. */
  #tell(line: Line, seq: number): void {
    let event: DurableEvent | undefined;
    while ((event = line.waiting[0]) && event.seq <= seq) {
      line.waiting.shift();
      // Forgotten meanwhile: nothing of it may be held again.
      if (this.#lines.get(event.session) === line) this.#log.tell(event);
      else this.#log.emit(event);
      // What has ended and is safe is read from the archive by those who still ask.
      if (event.type === 'session.ended' && this.#options.archive) this.#release(event.session, line);
    }
  }

  #release(session: string, line: Line): void {
    if (line.safe) {
      if (this.#lines.get(session) === line) this.forget(session);
      return;
    }
    // Not safe: this process is the only one that can still tell it.
    this.#unsafe.push(session);
    if (this.#unsafe.length > MOST_UNSAFE) this.forget(this.#unsafe.shift() ?? '');
  }

  #line(session: string): Line {
    let line = this.#lines.get(session);
    if (!line) {
      this.#lines.set(session, (line = { next: 1, waiting: [], safe: true }));
      this.#log.open(session);
    }
    return line;
  }
}
