import type { Event, EventDraft, DurableEvent } from '../schema.js';

/** What a viewer that reconnects can still receive. */
export interface Replay {
  /** The durable events after `since`, oldest first, at most `limit` of them. */
  readonly events: readonly DurableEvent[];
  /** True where events after `since` are no longer held: the viewer has lost some for good. */
  readonly truncated: boolean;
}

/** `since` of a viewer that takes what there is, from the oldest event held. */
export const FROM_OLDEST = -1;

/** How events travel from the sessions to whoever listens. */
export interface EventBus {
  /**
   * Numbers a durable event (gapless, per session, from 1) and tells the listeners: at once, or where events are kept, in order
   * and as soon as the event is safe. Replay returns only published events.
   */
  publish(draft: EventDraft): Event;
  /**
   * Calls `listener` with every later event of the session, or of all; `durable` spares a bus across machines from fetching the
   * ephemeral ones. A listener that throws does not affect others. Returns a function that ends the subscription.
   */
  subscribe(session: string | undefined, listener: (event: Event) => void, only?: 'durable'): () => void;
  /** Durable events of a session with `seq > since`; a promise where they must be fetched. `since` may be {@link FROM_OLDEST}. */
  replay(session: string, since: number, limit: number): Replay | Promise<Replay>;
  /** The last `seq` published for a session, 0 where there is none in this process. */
  lastSeq(session: string): number;
  /** Forgets a session and its events. */
  forget(session: string): void;
}
