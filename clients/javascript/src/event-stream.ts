import type { Event, SUBPROTOCOL as Subprotocol } from '../../../src/events/schema.js';
import { BackOff } from './back-off.js';

const SUBPROTOCOL: typeof Subprotocol = 'mellm.v1';

/** What the page knows of its line to the server. */
export type StreamState =
  | { readonly phase: 'connecting' }
  | { readonly phase: 'open' }
  | { readonly phase: 'waiting'; readonly retryIn: number; readonly attempt: number }
  | { readonly phase: 'closed'; readonly reason: 'ended' | 'stopped' | 'refused'; readonly message?: string };

/** The part of WebSocket that {@link EventStream} uses. */
export interface SocketLike {
  onopen: (() => void) | null;
  onmessage: ((message: { data: unknown }) => void) | null;
  onclose: ((close: { code: number; reason: string }) => void) | null;
  close(code?: number): void;
}

/** Options of {@link EventStream}. */
export interface EventStreamOptions {
  /** Public id of the session to watch. */
  readonly session: string;
  /** Told of every valid event, once each, durable ones in order. */
  readonly onEvent: (event: Event) => void;
  readonly onState: (state: StreamState) => void;
  /** Bearer token; travels as a subprotocol, for a browser can't set headers here and a URL ends in logs. Default none. */
  readonly token?: string;
  /** Milliseconds without any message after which the line counts as dead. Default 15 000. */
  readonly silence?: number;
  /**
   * Asked after a connection that never opened, for browsers don't tell why: false ("no such session") or a reason ends the
   * attempts. Default: keep trying.
   */
  readonly exists?: () => Promise<boolean | string>;
  /**
   * Told when the server no longer holds the events missed meanwhile (close code 4410): what was closed can be read from
   * the API; the stream itself goes on with what is still held.
   */
  readonly onGap?: () => void;
  /** Opens the socket of a path below the server's address. */
  readonly open: (path: string, protocols: string[]) => SocketLike;
  /** Parses a message; undefined if it is not an event. Default: any object with a type and a session counts. */
  readonly parse?: (value: unknown) => Event | undefined;
  /** The last `seq` that is known already. Default 0: from the session's beginning. */
  readonly since?: number;
  readonly backOff?: BackOff;
}

/** A subprotocol that carries a token: base64url, for tokens may hold what a subprotocol may not. */
export function tokenProtocol(token: string): string {
  const bytes = new TextEncoder().encode(token);
  return `bearer.${btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')}`;
}

/**
 * A viewer's line to the events of one session (`mellm.v1`). It reconnects with jittered back-off and resumes after the
 * last `seq` it has handed on, so that no durable event is lost or doubled; messages that the schema refuses are counted
 * and ignored.
 */
export class EventStream {
  /** Messages that were not events. */
  invalid = 0;
  /** Times or events that the server could no longer replay. */
  lost = 0;
  readonly #options: EventStreamOptions;
  readonly #backOff: BackOff;
  #socket: SocketLike | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #watchdog: ReturnType<typeof setTimeout> | undefined;
  #lastSeq = 0;
  /** The `seq` at which a hole made us reconnect; a second hole at the same place is accepted, or it would never end. */
  #holeAt = -1;
  #done = false;

  constructor(options: EventStreamOptions) {
    this.#options = options;
    this.#backOff = options.backOff ?? new BackOff();
    this.#lastSeq = options.since ?? 0;
    this.#connect();
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Leaves; may be called twice. */
  close(): void {
    this.#finish({ phase: 'closed', reason: 'stopped' });
  }

  /** Reconnects at once instead of waiting, e.g. when the network is back. */
  retryNow(): void {
    if (this.#done || this.#socket) return;
    clearTimeout(this.#timer);
    this.#connect();
  }

  #connect(): void {
    this.#options.onState({ phase: 'connecting' });
    const { session, token } = this.#options;
    const protocols = [SUBPROTOCOL, ...(token ? [tokenProtocol(token)] : [])];
    const socket = this.#options.open(
      `ws?session=${encodeURIComponent(session)}${this.#lastSeq > 0 ? `&since=${String(this.#lastSeq)}` : ''}`,
      protocols,
    );
    this.#socket = socket;
    let opened = false;
    socket.onopen = () => {
      opened = true;
      this.#options.onState({ phase: 'open' });
      this.#listen();
    };
    socket.onmessage = (message) => {
      this.#listen();
      this.#take(message.data);
    };
    socket.onclose = ({ code, reason }) => {
      if (this.#socket !== socket) return;
      this.#drop();
      if (this.#done) return;
      if (code === 4410) {
        this.#lastSeq = 0;
        this.lost += 1;
        this.#options.onGap?.();
        this.#retry();
        return;
      }
      // 4401, 4403, 4404: refused for good, in the manner of the HTTP codes.
      if (code >= 4400 && code < 4500 && code !== 4429)
        this.#finish({ phase: 'closed', reason: 'refused', ...(reason ? { message: reason } : {}) });
      else if (!opened && this.#options.exists) void this.#askThenRetry(this.#options.exists);
      else this.#retry();
    };
  }

  async #askThenRetry(exists: () => Promise<boolean | string>): Promise<void> {
    const there = await exists().catch(() => true);
    if (this.#done) return;
    if (there === true) this.#retry();
    else
      this.#finish({
        phase: 'closed',
        reason: 'refused',
        message: there === false ? 'This session does not exist on this server.' : there,
      });
  }

  #retry(): void {
    const retryIn = this.#backOff.next();
    this.#options.onState({ phase: 'waiting', retryIn, attempt: this.#backOff.attempt });
    this.#timer = setTimeout(() => {
      this.#connect();
    }, retryIn);
  }

  #take(data: unknown): void {
    const event = parseEvent(data, this.#options.parse ?? asEvent);
    if (!event) {
      this.invalid += 1;
      return;
    }
    this.#backOff.reset();
    if ('seq' in event) {
      if (event.seq <= this.#lastSeq) return;
      const expected = this.#lastSeq + 1;
      if (event.seq > expected && this.#lastSeq > 0) {
        if (this.#holeAt !== expected) {
          this.#holeAt = expected;
          this.#reconnect();
          return;
        }
        this.lost += event.seq - expected;
      }
      this.#lastSeq = event.seq;
    }
    this.#options.onEvent(event);
    if (event.type === 'session.ended') this.#finish({ phase: 'closed', reason: 'ended' });
  }

  /** Silence for long means a line that died without saying so (a laptop that slept, a NAT that forgot). */
  #listen(): void {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => {
      this.#reconnect();
    }, this.#options.silence ?? 15_000);
  }

  #reconnect(): void {
    this.#drop(4000);
    if (!this.#done) this.#retry();
  }

  #drop(code?: number): void {
    clearTimeout(this.#watchdog);
    const socket = this.#socket;
    this.#socket = undefined;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    if (code !== undefined) socket.close(code);
  }

  #finish(state: StreamState): void {
    if (this.#done) return;
    this.#done = true;
    clearTimeout(this.#timer);
    this.#drop(1000);
    this.#options.onState(state);
  }
}

/** One message of the wire as an event; undefined where it is none. */
function parseEvent(data: unknown, parse: (value: unknown) => Event | undefined): Event | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    return parse(JSON.parse(data));
  } catch {
    return undefined;
  }
}

/** An event is trusted to be as its type is described. */
function asEvent(value: unknown): Event | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, session, seq } = value as Record<string, unknown>;
  const valid = typeof type === 'string' && typeof session === 'string' && (seq === undefined || Number.isSafeInteger(seq));
  return valid ? (value as Event) : undefined;
}
