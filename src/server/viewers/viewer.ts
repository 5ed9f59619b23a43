import type { WebSocket } from 'ws';
import type { Event } from '../../events/mod.js';
import type { EventBus, Replay } from '../../events/bus/mod.js';

/** Bytes in flight to a viewer beyond which ephemeral events are left out, and durable ones wait in the log. */
const HIGH_WATER = 256 * 1024;
/** Durable events read from the log at a time. */
const CHUNK = 64;

/** Options of {@link Viewer}. */
export interface ViewerOptions {
  readonly socket: WebSocket;
  readonly bus: EventBus;
  /** One session, or all. */
  readonly session: string | undefined;
  /** Whether a session may be told of, where all are watched. */
  readonly sees: (session: string) => boolean;
  /** Sessions to begin with and the last `seq` the viewer has of each. */
  readonly from: ReadonlyMap<string, number>;
  readonly onDropped: () => void;
}

/**
 * One WebSocket. Durable events are read from the bus's log by a cursor for each session, so a slow viewer costs no memory and
 * loses none; ephemeral events go straight out, and are left out while the viewer is behind.
 *
 *     log  1 2 3 4 5 6 7 8          track, signal, stats
 *              ▲ cursor                  │ only when the cursor is at the end
 *              └──────► socket ◄─────────┘ and little is in flight
 */
export class Viewer {
  readonly #options: ViewerOptions;
  readonly #cursors: Map<string, number>;
  readonly #leave: () => void;
  /** Sessions that had nothing more to tell; not asked again until they say something. */
  readonly #quiet = new Set<string>();
  /** Something was heard since the last question to the log. */
  #news = false;
  #pumping = false;
  /** Durable events wait because too much is in flight; whatever leaves next goes on with them. */
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

  /** Whether durable events that were told are still on their way to it. */
  get behind(): boolean {
    return (
      !this.#closed &&
      (this.#pumping || this.#stalled || [...this.#cursors].some(([session, cursor]) => cursor < this.#options.bus.lastSeq(session)))
    );
  }

  /** Stops listening; the socket is the caller's to close. May be called twice. */
  close(): void {
    this.#closed = true;
    this.#leave();
    this.#cursors.clear();
    this.#quiet.clear();
  }

  #hear(event: Event): void {
    if ('seq' in event) {
      // Of a session that began a moment ago, the first events may have gone by.
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

  /** Sends durable events until all are told or enough is in flight; goes on when that has left, or when they have been fetched. */
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
        if (this.#tell(session, replay)) return;
        continue;
      }
      this.#pumping = true;
      void replay.then(
        (fetched) => {
          this.#pumping = false;
          if (this.#closed || this.#tell(session, fetched)) return;
          // Nothing is kept beyond the cursor; ask no more until the session says something, unless it just did.
          if (!this.#news && bus.lastSeq(session) <= Math.max(0, cursor)) this.#quiet.add(session);
          this.#pump();
        },
        () => {
          this.#pumping = false;
          this.#leaveWith(1011, 'the events could not be read; try again');
        },
      );
      return;
    }
  }

  /** True where something is on its way, or nothing more can be. */
  #tell(session: string, { events, truncated }: Replay): boolean {
    if (truncated) {
      // What this viewer has not seen yet is no longer held; going on would hide a gap.
      this.#leaveWith(4410, 'events before this are no longer held; read /api/sessions/{id}/annotations');
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

  #leaveWith(code: number, reason: string): void {
    this.#options.socket.close(code, reason);
    this.close();
  }
}
