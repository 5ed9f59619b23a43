import WebSocket from 'ws';
import { SUBPROTOCOL, type Event, type LastingEvent } from '../../src/annotations/mod.js';

/** A viewer of one session that goes on at another server when the one it is at goes away: by `since`, so that it misses nothing. */
export class RoamingViewer {
  readonly session: string;
  readonly lasting: LastingEvent[] = [];
  /** What went wrong, in sentences. */
  readonly faults: string[] = [];
  passing = 0;
  moves = 0;
  readonly #servers: () => readonly string[];
  #at = 0;
  #socket: WebSocket | undefined;
  #closed = false;

  /** @param servers those that it may go to, now */
  constructor(servers: () => readonly string[], session: string, first = 0) {
    this.#servers = servers;
    this.session = session;
    this.#at = first;
    this.#connect();
  }

  get seq(): number { return this.lasting.at(-1)?.seq ?? 0; }

  get ended(): boolean { return this.lasting.at(-1)?.type === 'session.ended'; }

  /** Drops the connection, and goes on at the next server. */
  move(): void { this.#socket?.terminate(); }

  close(): void {
    this.#closed = true;
    this.#socket?.terminate();
  }

  #connect(): void {
    if (this.#closed) return;
    const servers = this.#servers();
    const server = servers[this.#at++ % servers.length] ?? '';
    const socket = new WebSocket(`${server.replace('http', 'ws')}/ws?session=${this.session}&since=${String(this.seq)}`, SUBPROTOCOL);
    this.#socket = socket;
    socket.on('message', (data) => {
      const event = JSON.parse((data as Buffer).toString()) as Event;
      if (!('seq' in event)) { this.passing++; return; }
      if (event.seq !== this.seq + 1) this.faults.push(`${this.session} at ${server}: seq ${String(event.seq)} after ${String(this.seq)}`);
      this.lasting.push(event);
    });
    socket.on('error', () => undefined);
    socket.on('close', (code) => {
      if (this.#closed || this.ended) return;
      if (code === 4410) this.faults.push(`${this.session} at ${server}: events are no longer held`);
      this.moves++;
      setTimeout(() => { this.#connect(); }, 200);
    });
  }
}
