import type { Event, EventDraft, LastingEvent } from '../annotations/schema.js';

/** What a viewer who comes back can still be told. */
export interface Replay {
  /** The lasting events after `since`, oldest first, at most `limit` of them. */
  readonly events: readonly LastingEvent[];
  /** True where events after `since` are no longer held: the viewer has lost some for good. */
  readonly truncated: boolean;
}

/** How events travel from the sessions to whoever listens. */
export interface EventBus {
  /** Numbers a lasting event (gapless, per session, from 1), keeps it for replay and tells the listeners. */
  publish(draft: EventDraft): Event;
  /** Calls `listener` with every later event of the session, or of all. A listener that throws harms nobody. Returns the way out. */
  subscribe(session: string | undefined, listener: (event: Event) => void): () => void;
  /** Lasting events of a session with `seq > since`. */
  replay(session: string, since: number, limit: number): Replay;
  /** The session's last `seq`, 0 where there is none. */
  lastSeq(session: string): number;
  /** Forgets a session and its events. */
  forget(session: string): void;
}
