import WebSocket from 'ws';
import { SUBPROTOCOL, type Event, type DurableEvent } from '../../src/events/mod.js';

/** Options of {@link Watcher}. */
export interface WatcherOptions {
  /** Milliseconds after which it drops its connection and comes back with `since`. Default never. */
  readonly restless?: number;
  /** Keeps every event for {@link Watcher.until}; off in long runs. Default false. */
  readonly keep?: boolean;
  /** Access token. Default none. */
  readonly token?: string;
}

/** A viewer of one session that checks what it is promised: durable events in order, each once, none missing. */
export class Watcher {
  readonly session: string;
  /** What went wrong, in sentences. */
  readonly faults: string[] = [];
  readonly events: Event[] = [];
  /** Ephemeral events by type. */
  readonly ephemeral = { track: 0, signal: 0, stats: 0, progress: 0 };
  seq = 0;
  reconnects = 0;
  ended: Extract<Event, { type: 'session.ended' }> | undefined;
  readonly #url: string;
  readonly #options: WatcherOptions;
  readonly #drop: NodeJS.Timeout | undefined;
  #socket: WebSocket | undefined;
  #closed = false;

  constructor(server: string, session: string, options: WatcherOptions = {}) {
    this.session = session;
    this.#url = `${server.replace('http', 'ws')}/ws?session=${session}`;
    this.#options = options;
    this.#connect();
    if (options.restless !== undefined)
      this.#drop = setInterval(() => {
        this.#socket?.terminate();
      }, options.restless);
  }

  /** Reads no more until {@link resume}. */
  stall(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  /** The first event that fits, seen already or to come; needs `keep`. */
  async until<E extends Event = Event>(fits: (event: Event) => boolean, what: string, ms = 20_000): Promise<E> {
    const deadline = Date.now() + ms;
    for (;;) {
      const found = this.events.find(fits);
      if (found) return found as E;
      if (Date.now() > deadline) throw new Error(`no ${what} within ${String(ms)} ms; saw ${JSON.stringify(this.#seen())}`);
      await new Promise((resolve) => {
        setTimeout(resolve, 25);
      });
    }
  }

  /** Durable events that were kept. */
  get durable(): DurableEvent[] {
    return this.events.filter((event): event is DurableEvent => 'seq' in event);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#drop);
    this.#socket?.terminate();
  }

  #seen(): Record<string, number> {
    const seen: Record<string, number> = {};
    for (const event of this.events) {
      const name = event.type === 'error' ? `error ${event.code}` : event.type;
      seen[name] = (seen[name] ?? 0) + 1;
    }
    return seen;
  }

  #connect(): void {
    if (this.#closed) return;
    const { token } = this.#options;
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const socket = new WebSocket(`${this.#url}&since=${String(this.seq)}`, SUBPROTOCOL, { headers });
    this.#socket = socket;
    socket.on('message', (data) => {
      this.#hear(JSON.parse((data as Buffer).toString()) as Event);
    });
    socket.on('error', (error) => {
      if (!this.#closed) this.faults.push(`viewer of ${this.session}: ${error.message}`);
    });
    socket.on('close', (code) => {
      if (this.#closed || this.ended) return;
      if (code !== 1006) {
        this.faults.push(`viewer of ${this.session}: closed with ${String(code)}`);
        return;
      }
      this.reconnects++;
      setTimeout(() => {
        this.#connect();
      }, 300);
    });
  }

  #hear(event: Event): void {
    if (this.#options.keep) this.events.push(event);
    if (!('seq' in event)) {
      this.ephemeral[event.type]++;
      return;
    }
    if (event.seq !== this.seq + 1) this.faults.push(`viewer of ${this.session}: seq ${String(event.seq)} after ${String(this.seq)}`);
    this.seq = event.seq;
    if (event.type === 'session.ended') this.ended = event;
  }
}
