import { readFileSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { jetstream, jetstreamManager, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import { connect, credsAuthenticator, type NatsConnection } from '@nats-io/transport-node';
import { settledWithin } from '../../common/time-limit.js';
import { BusError } from '../../events/bus/bus-error.js';

/** Milliseconds that closing waits for what is being sent. */
const FLUSH_TIMEOUT_MS = 1000;

export interface NatsOptions {
  /** `nats://host:4222` or `tls://…`, comma-separated; a user and password, or a token, may precede the host. */
  readonly url: string;
  /** Unique name of this process: letters, digits, `_` and `-`. */
  readonly node: string;
  /** Prefix of all subjects and streams, so that several installations can share a server. Default `mellm`. */
  readonly prefix?: string;
  /** File of NATS credentials (JWT and seed). */
  readonly credsFile?: string | undefined;
  /** Replicas of each stream in a NATS cluster. Default 1. */
  readonly replicas?: number;
  /** Hours that durable events stay in the stream. Default 24. */
  readonly keepHours?: number;
  /** Bytes of durable events beyond which the oldest are dropped. Default 1 GiB. */
  readonly keepBytes?: number;
  /** Messages per session beyond which its oldest are dropped. Default 100 000. */
  readonly sessionMessages?: number;
  /** Bytes of images in memory beyond which the oldest are dropped. Default 256 MiB. */
  readonly imageBytes?: number;
  /** Called when the connection is lost or restored. */
  readonly onChange?: (connected: boolean) => void;
}

/** Milliseconds between pings; two unanswered ones end the connection. */
const PING = 3000;

/** The process's connection to NATS, which reconnects automatically. */
export class Nats {
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  readonly options: Required<Omit<NatsOptions, 'credsFile' | 'onChange'>> & NatsOptions;
  readonly #reconnected = new Set<() => void>();
  #connected = true;
  #closed = false;

  private constructor(nc: NatsConnection, jsm: JetStreamManager, options: NatsOptions) {
    this.nc = nc;
    this.js = jetstream(nc);
    this.jsm = jsm;
    this.options = {
      prefix: 'mellm',
      replicas: 1,
      keepHours: 24,
      keepBytes: 2 ** 30,
      sessionMessages: 100_000,
      imageBytes: 256 * 2 ** 20,
      ...options,
    };
    void this.#watch();
  }

  /** @throws BusError `bus_unreachable`, `bus_no_jetstream` */
  static async connect(options: NatsOptions): Promise<Nats> {
    let nc: NatsConnection;
    try {
      nc = await connect({
        ...servers(options.url),
        name: `mellm-live ${options.node}`,
        maxReconnectAttempts: -1,
        reconnectTimeWait: 500,
        reconnectJitter: 500,
        pingInterval: PING,
        maxPingOut: 2,
        timeout: 5000,
        ...(options.credsFile === undefined ? {} : { authenticator: credsAuthenticator(readFileSync(options.credsFile)) }),
      });
    } catch (cause) {
      throw new BusError(
        'bus_unreachable',
        `cannot reach NATS at ${withoutSecrets(options.url)} (${cause instanceof Error ? cause.message : String(cause)}): start nats-server with -js there, or correct bus.url`,
        cause,
      );
    }
    try {
      return new Nats(nc, await jetstreamManager(nc), options);
    } catch (cause) {
      await nc.close();
      throw new BusError(
        'bus_no_jetstream',
        `the NATS server at ${withoutSecrets(options.url)} runs without JetStream: start it with -js`,
        cause,
      );
    }
  }

  get connected(): boolean {
    return this.#connected;
  }

  get node(): string {
    return this.options.node;
  }

  /** Local address of the connection to the server; undefined if it is not known within five seconds. */
  localAddress(): Promise<string | undefined> {
    const { hostname, port } = new URL(`nats://${this.nc.getServer()}`);
    return new Promise((resolve) => {
      // The client does not expose its socket; a second one takes the same route.
      const socket = connectSocket({ host: hostname.replaceAll(/[[\]]/g, ''), port: Number(port || 4222) });
      const done = (address?: string): void => {
        socket.destroy();
        resolve(address);
      };
      socket
        .setTimeout(5000, done)
        .once('error', () => {
          done();
        })
        .once('connect', () => {
          done(socket.localAddress);
        });
    });
  }

  /** A subject with the prefix. */
  subject(...rest: readonly string[]): string {
    return [this.options.prefix, ...rest].join('.');
  }

  /** Options of every bucket; reads go to the leader, so that a write is visible immediately. */
  get bucket(): { readonly history: 1; readonly replicas: number; readonly allow_direct: boolean } {
    const { replicas } = this.options;
    return { history: 1, replicas, allow_direct: replicas === 1 };
  }

  /** Name of a stream or a bucket. */
  stream(name: string): string {
    return `${this.options.prefix}_${name}`;
  }

  /**
   * One message of a stream; null where none matches. With several replicas the leader is asked: the others may lag behind what was
   * already republished.
   */
  async message(
    stream: string,
    query: { readonly last_by_subj: string } | { readonly seq: number; readonly next_by_subj: string },
  ): Promise<{ readonly seq: number; readonly data: Uint8Array } | null> {
    return this.options.replicas > 1 ? await this.jsm.streams.getMessage(stream, query) : await this.jsm.direct.getMessage(stream, query);
  }

  /** Calls back after each reconnect, when memory-backed streams may be lost. Returns a function that unsubscribes. */
  onReconnect(listener: () => void): () => void {
    this.#reconnected.add(listener);
    return () => {
      this.#reconnected.delete(listener);
    };
  }

  /** Drains and closes the connection. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#connected) await settledWithin(this.nc.flush(), FLUSH_TIMEOUT_MS);
    await this.nc.close();
  }

  /**
   * Drops a dead connection immediately. The client waits until its last data is written, which with a full send buffer takes as long as
   * TCP retries: a quarter of an hour, in which no other server is tried. Destroying the socket ends that wait.
   */
  #letGo(): void {
    const { protocol } = this.nc as unknown as { readonly protocol?: { readonly transport?: { readonly socket?: { destroy(): void } } } };
    const socket = protocol?.transport?.socket;
    setImmediate(() => {
      socket?.destroy();
    });
  }

  async #watch(): Promise<void> {
    for await (const status of this.nc.status()) {
      if (status.type === 'disconnect') {
        this.#connected = false;
        if (!this.#closed) this.options.onChange?.(false);
      } else if (status.type === 'staleConnection') {
        this.#letGo();
      } else if (status.type === 'reconnect') {
        this.#connected = true;
        this.options.onChange?.(true);
        for (const listener of [...this.#reconnected]) listener();
      }
    }
  }
}

/** Connection options from a list of addresses. */
function servers(url: string): { servers: string[]; tls?: object; user?: string; pass?: string; token?: string } {
  const urls = url.split(',').map((part) => new URL(part.trim()));
  const [first] = urls;
  const user = decodeURIComponent(first?.username ?? '');
  const pass = decodeURIComponent(first?.password ?? '');
  return {
    servers: urls.map(({ hostname, port }) => `${hostname}:${port === '' ? '4222' : port}`),
    ...(urls.some(({ protocol }) => protocol === 'tls:') ? { tls: {} } : {}),
    ...(user === '' ? {} : pass === '' ? { token: user } : { user, pass }),
  };
}

/** The address without user and password. */
export const withoutSecrets = (url: string): string => url.replaceAll(/\/\/[^@/,]*@/g, '//');
