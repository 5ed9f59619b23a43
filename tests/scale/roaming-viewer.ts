import WebSocket from 'ws';
import { SUBPROTOCOL, type Event, type DurableEvent } from '../../src/events/mod.js';

/** Options of {@link RoamingViewer}. */
export interface RoamingViewerOptions {
  /** Which server it begins at. Default 0. */
  readonly first?: number;
  /** Milliseconds after which it goes on at the next server although nothing is wrong. Default never. */
  readonly restless?: number;
  /** Milliseconds without a word after which it takes the line for dead, as the page does. Default never. */
  readonly silence?: number;
}

/** A viewer of one session that goes on at another server when the one it is at goes away: by `since`, so that it misses nothing. */
export class RoamingViewer {
  readonly session: string;
  readonly durable: DurableEvent[] = [];
  /** What went wrong, in sentences. */
  readonly faults: string[] = [];
  ephemeral = 0;
  moves = 0;
  readonly #servers: () => readonly string[];
  readonly #options: RoamingViewerOptions;
  readonly #wander: NodeJS.Timeout | undefined;
  #watchdog: NodeJS.Timeout | undefined;
  #at: number;
  #socket: WebSocket | undefined;
  #closed = false;

  /** @param servers those that it may go to, now */
  constructor(servers: () => readonly string[], session: string, options: RoamingViewerOptions = {}) {
    this.#servers = servers;
    this.session = session;
    this.#options = options;
    this.#at = options.first ?? 0;
    if (options.restless !== undefined)
      this.#wander = setInterval(() => {
        this.#socket?.terminate();
      }, options.restless);
    this.#connect();
  }

  get seq(): number {
    return this.durable.at(-1)?.seq ?? 0;
  }

  get ended(): boolean {
    return this.durable.at(-1)?.type === 'session.ended';
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#wander);
    clearTimeout(this.#watchdog);
    this.#socket?.terminate();
  }

  #connect(): void {
    if (this.#closed) return;
    const servers = this.#servers();
    const server = servers[this.#at++ % servers.length] ?? '';
    const socket = new WebSocket(`${server.replace('http', 'ws')}/ws?session=${this.session}&since=${String(this.seq)}`, SUBPROTOCOL, {
      handshakeTimeout: 3000,
    });
    this.#socket = socket;
    const listen = (): void => {
      clearTimeout(this.#watchdog);
      if (this.#options.silence !== undefined)
        this.#watchdog = setTimeout(() => {
          socket.terminate();
        }, this.#options.silence);
    };
    socket.on('open', listen);
    socket.on('message', (data) => {
      listen();
      const event = JSON.parse((data as Buffer).toString()) as Event;
      if (!('seq' in event)) {
        this.ephemeral++;
        return;
      }
      if (event.seq !== this.seq + 1) this.faults.push(`${this.session} at ${server}: seq ${String(event.seq)} after ${String(this.seq)}`);
      this.durable.push(event);
    });
    socket.on('error', () => undefined);
    socket.on('close', (code) => {
      clearTimeout(this.#watchdog);
      if (this.ended) clearInterval(this.#wander);
      if (this.#closed || this.ended) return;
      if (code === 4410) this.faults.push(`${this.session} at ${server}: events are no longer held`);
      this.moves++;
      setTimeout(() => {
        this.#connect();
      }, 200);
    });
  }
}
