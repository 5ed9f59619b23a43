import type { WebSocket } from 'ws';
import type { Event } from '../../events/mod.js';
import type { EventBus, Replay } from '../../events/bus/mod.js';

/** Bytes in flight to a viewer beyond which ephemeral events are dropped, and durable ones stay in the log. */
const HIGH_WATER = 256 * 1024;
/** Durable events read from the log at a time. */
const CHUNK = 64;

export interface ViewerOptions {
  readonly socket: WebSocket;
  readonly bus: EventBus;
  /** One session, or all. */
  readonly session: string | undefined;
  /** Whether the viewer may see a session, where it watches all. */
  readonly sees: (session: string) => boolean;
  /** Sessions to start with, and the last `seq` that the viewer has of each. */
  readonly from: ReadonlyMap<string, number>;
  readonly onDropped: () => void;
}

/**
 * One WebSocket. Durable events are read from the bus's log by one cursor per session, so a slow viewer costs no memory and loses none;
 * ephemeral events are sent immediately, and dropped while the viewer is behind.
 *
 *     log  1 2 3 4 5 6 7 8          track, signal, stats
 *              ▲ cursor                  │ only when the cursor is at the end
 *              └──────► socket ◄─────────┘ and little is in flight
 */
export class Viewer {
  readonly #options: ViewerOptions;
  readonly #cursors: Map<string, number>;
  readonly #leave: () => void;
  /** Sessions without further events in the log; read again once they publish one. */
  readonly #quiet = new Set<string>();
  /** An event arrived since the log was last read. */
  #news = false;
  #pumping = false;
  /** Durable events wait because too much is in flight; the next completed send continues. */
  #stalled = false;
  #closed = false;

  constructor(options: ViewerOptions) {
    this.#options = options;
    this.#cursors = new Map(options.from);
    this.#leave = options.bus.subscribe(options.session, (event) => {
      if (options.sees(event.session)) this.#hear(event);
    });
    this.#pump();
  }

  /** Whether published durable events have not been sent to it yet. */
  get behind(): boolean {
    return (
      !this.#closed &&
      (this.#pumping || this.#stalled || [...this.#cursors].some(([session, cursor]) => cursor < this.#options.bus.lastSeq(session)))
    );
  }

  /** Unsubscribes; the caller closes the socket. */
  close(): void {
    this.#closed = true;
    this.#leave();
    this.#cursors.clear();
    this.#quiet.clear();
  }

  #hear(event: Event): void {
    if ('seq' in event) {
      // The first events of a session that has just started may have been missed.
      if (!this.#cursors.has(event.session)) this.#cursors.set(event.session, event.seq > CHUNK ? event.seq - 1 : 0);
      this.#news = true;
      this.#quiet.delete(event.session);
      this.#pump();
    } else if (this.#ready && Math.max(0, this.#cursors.get(event.session) ?? 0) >= this.#options.bus.lastSeq(event.session)) {
      this.#options.socket.send(JSON.stringify(event), () => {
        if (this.#stalled) this.#pump();
      });
    } else {
      this.#options.onDropped();
    }
  }

  get #ready(): boolean {
    const { socket } = this.#options;
    return socket.readyState === socket.OPEN && socket.bufferedAmount < HIGH_WATER;
  }

  /** Sends durable events until all are sent or enough is in flight; continues when those are sent, or more were fetched. */
  #pump(): void {
    if (this.#pumping || this.#closed) return;
    const { bus } = this.#options;
    this.#stalled = !this.#ready;
    for (const [session, cursor] of this.#cursors) {
      if (!this.#ready) return;
      if (this.#quiet.has(session)) continue;
      this.#news = false;
      const replay = bus.replay(session, cursor, CHUNK);
      if (!(replay instanceof Promise)) {
        if (this.#send(session, replay)) return;
        continue;
      }
      this.#pumping = true;
      void replay.then(
        (fetched) => {
          this.#pumping = false;
          if (this.#closed || this.#send(session, fetched)) return;
          // The log ends at the cursor: wait for the session's next event, unless one has just arrived.
          if (!this.#news && bus.lastSeq(session) <= Math.max(0, cursor)) this.#quiet.add(session);
          this.#pump();
        },
        () => {
          this.#pumping = false;
          this.#closeWith(1011, 'events could not be read; reconnect');
        },
      );
      return;
    }
  }

  /** True where a send is in progress, or the viewer was closed. */
  #send(session: string, { events, truncated }: Replay): boolean {
    if (truncated) {
      // Events that this viewer has not seen were dropped from the log; continuing would hide the gap.
      this.#closeWith(4410, 'earlier events are no longer available; read /api/sessions/{id}/annotations');
      return true;
    }
    const last = events.at(-1);
    if (!last) return false;
    const { socket } = this.#options;
    this.#pumping = true;
    for (const event of events)
      socket.send(
        JSON.stringify(event),
        event === last
          ? () => {
              this.#pumping = false;
              this.#pump();
            }
          : undefined,
      );
    if (last.type === 'session.ended') this.#cursors.delete(session);
    else this.#cursors.set(session, last.seq);
    this.#quiet.delete(session);
    return true;
  }

  #closeWith(code: number, reason: string): void {
    this.#options.socket.close(code, reason);
    this.close();
  }
}
