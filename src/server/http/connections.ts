import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { addressKey } from '../../auth/mod.js';
import type { Refusals } from './refusals.js';

export interface ConnectionsOptions {
  /** Concurrent connections per address. */
  readonly perAddress: number;
  /** Whether an address is a trusted proxy, which connects for many clients. */
  readonly trusts: (address: string) => boolean;
  /** Milliseconds without progress after which a client that does not read is disconnected. */
  readonly writeTimeout: number;
  readonly refusals: Refusals;
}

/**
 * Tracks every TCP connection of a server, including upgraded ones, which Node's `closeAllConnections` leaves open. Limits connections
 * per address, and closes those whose client stops reading, which would otherwise stay open forever.
 */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #open = new Set<Socket>();
  readonly #byAddress = new Map<string, number>();
  /** For each socket with unsent data: bytes sent, and since when that number has not changed. */
  readonly #stuck = new Map<Socket, { readonly sent: number; readonly since: number }>();
  readonly #timer: NodeJS.Timeout;

  constructor(http: Server, options: ConnectionsOptions) {
    this.#options = options;
    http.on('connection', (socket: Socket) => {
      this.#arrived(socket);
    });
    // Under TLS, this socket is written to; it closes with the TCP socket below it.
    http.on('secureConnection', (socket: Socket) => {
      this.#track(socket);
    });
    http.on('drop', () => {
      options.refusals.count('connections');
    });
    this.#timer = setInterval(
      () => {
        this.#sweep(performance.now());
      },
      Math.min(5000, Math.max(100, options.writeTimeout / 4)),
    ).unref();
  }

  /** Open connections. */
  get size(): number {
    return this.#open.size;
  }

  /** Closes all connections immediately. */
  destroyAll(): void {
    clearInterval(this.#timer);
    for (const socket of this.#open) socket.destroy();
  }

  #arrived(socket: Socket): void {
    const { perAddress, trusts, refusals } = this.#options;
    this.#track(socket);
    const address = socket.remoteAddress;
    if (address === undefined || trusts(address)) return;
    const key = addressKey(address);
    const own = this.#byAddress.get(key) ?? 0;
    if (own >= perAddress) {
      refusals.count('connections_per_address');
      socket.destroy();
      return;
    }
    this.#byAddress.set(key, own + 1);
    socket.once('close', () => {
      const left = (this.#byAddress.get(key) ?? 1) - 1;
      if (left > 0) this.#byAddress.set(key, left);
      else this.#byAddress.delete(key);
    });
  }

  #track(socket: Socket): void {
    this.#open.add(socket);
    socket.once('close', () => {
      this.#open.delete(socket);
      this.#stuck.delete(socket);
    });
  }

  #sweep(now: number): void {
    for (const socket of this.#open) {
      if (socket.writableLength === 0) {
        this.#stuck.delete(socket);
        continue;
      }
      const sent = socket.bytesWritten - socket.writableLength;
      const before = this.#stuck.get(socket);
      if (before?.sent !== sent) this.#stuck.set(socket, { sent, since: now });
      else if (now - before.since >= this.#options.writeTimeout) {
        this.#options.refusals.count('unread');
        socket.destroy();
      }
    }
  }
}
