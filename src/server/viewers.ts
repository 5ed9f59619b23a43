import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { SUBPROTOCOL } from '../annotations/mod.js';
import { FROM_OLDEST, type EventBus } from '../bus/mod.js';
import type { Store } from '../store/mod.js';
import type { Metrics } from '../telemetry/mod.js';
import { problemBody, type Problem } from './problem.js';
import { Viewer } from './viewer.js';

/** Options of {@link Viewers}. */
export interface ViewersOptions {
  readonly bus: EventBus;
  readonly store: Store;
  readonly metrics: Metrics;
  /** Viewers at a time. Default 1000. */
  readonly maxViewers?: number;
  /** Milliseconds between pings; a viewer that misses one is cut off. Default 20 000. */
  readonly pingInterval?: number;
}

/** `GET /ws`: who watches. Viewers have nothing to say yet; what they send closes with the code that fits. */
export class Viewers {
  readonly #server = new WebSocketServer({
    noServer: true, maxPayload: 4096, perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });
  readonly #options: ViewersOptions;
  readonly #alive = new WeakSet<WebSocket>();
  readonly #ping: NodeJS.Timeout;

  constructor(options: ViewersOptions) {
    this.#options = options;
    this.#ping = setInterval(() => {
      for (const socket of this.#server.clients) {
        if (!this.#alive.has(socket)) { socket.terminate(); continue; }
        this.#alive.delete(socket);
        socket.ping();
      }
    }, options.pingInterval ?? 20_000);
    this.#ping.unref();
  }

  /** Takes an HTTP upgrade to `/ws`, or answers it with a problem. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const problem = this.#refuse(request, url);
    if (problem) { refuse(socket, problem); return; }
    const gone = (): void => { socket.destroy(); };
    socket.on('error', gone);
    const session = url.searchParams.get('session') ?? undefined;
    void this.#sessions(session).then((sessions) => {
      socket.off('error', gone);
      if (socket.destroyed) return;
      if (sessions.length === 0 && session !== undefined) {
        refuse(socket, { status: 404, title: 'Not Found', code: 'not_found', detail: 'there is no session of this id here' });
        return;
      }
      const since = url.searchParams.get('since');
      const from = new Map(sessions.map((id) => [id, since === null ? FROM_OLDEST : Number(since)] as const));
      this.#server.handleUpgrade(request, socket, head, (client) => { this.#welcome(client, session, from); });
    }, () => {
      refuse(socket, { status: 503, title: 'Service Unavailable', code: 'store_unavailable', detail: 'what was kept can\'t be read now; try again later', retryAfter: 10 });
    });
  }

  /** The session asked for, if there is one; without, those that are live, oldest first. */
  async #sessions(id: string | undefined): Promise<string[]> {
    const { store } = this.#options;
    if (id !== undefined) return await store.get(id) ? [id] : [];
    return (await store.list()).filter((record) => record.state === 'live').map((record) => record.id).reverse();
  }

  /** Tells every viewer that the server goes away (1001) and stops. */
  async close(): Promise<void> {
    clearInterval(this.#ping);
    for (const socket of this.#server.clients) socket.close(1001, 'the server is shutting down');
    const deadline = Date.now() + 1000;
    while (this.#server.clients.size > 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
    for (const socket of this.#server.clients) socket.terminate();
    this.#server.close();
  }

  #welcome(socket: WebSocket, session: string | undefined, from: ReadonlyMap<string, number>): void {
    const { bus, metrics } = this.#options;
    const viewer = new Viewer({ socket, bus, session, from, onDropped: () => { metrics.wsDropped.inc(); } });
    metrics.wsClients.inc();
    this.#alive.add(socket);
    socket.on('pong', () => { this.#alive.add(socket); });
    socket.on('message', (data, binary) => {
      if (binary) socket.close(1003, 'text messages only');
      else if (!isJson((data as Buffer).toString())) socket.close(1007, 'not JSON');
      else socket.close(1008, 'a viewer has nothing to say here');
    });
    socket.on('error', () => { socket.terminate(); });
    socket.once('close', () => { viewer.close(); metrics.wsClients.dec(); });
  }

  #refuse(request: IncomingMessage, url: URL): Problem | undefined {
    const offered = request.headers['sec-websocket-protocol'];
    if (offered !== undefined && !offered.split(',').some((name) => name.trim() === SUBPROTOCOL)) {
      return { status: 400, title: 'Bad Request', code: 'bad_subprotocol', detail: `offer the subprotocol ${SUBPROTOCOL}` };
    }
    const origin = request.headers.origin;
    if (origin !== undefined && !sameHost(origin, request.headers.host)) {
      return { status: 403, title: 'Forbidden', code: 'bad_origin', detail: 'this page\'s origin may not watch here' };
    }
    if (this.#server.clients.size >= (this.#options.maxViewers ?? 1000)) {
      return { status: 503, title: 'Service Unavailable', code: 'full', detail: 'too many viewers; try again later', retryAfter: 10 };
    }
    const session = url.searchParams.get('session');
    const since = url.searchParams.get('since');
    if (since !== null && !/^\d{1,15}$/.test(since)) return { status: 400, title: 'Bad Request', code: 'bad_since', detail: 'since must be a seq: a whole number from 0' };
    if (since !== null && session === null) return { status: 400, title: 'Bad Request', code: 'bad_since', detail: 'since needs a session: seq counts within one' };
    return undefined;
  }
}

function sameHost(origin: string, host: string | undefined): boolean {
  try { return new URL(origin).host === host; } catch { return false; }
}

function isJson(text: string): boolean {
  try { JSON.parse(text); return true; } catch { return false; }
}

function refuse(socket: Duplex, problem: Problem): void {
  const body = problemBody(problem);
  socket.on('error', () => undefined);
  socket.end([
    `HTTP/1.1 ${String(problem.status)} ${problem.title}`, 'content-type: application/problem+json', `content-length: ${String(Buffer.byteLength(body))}`,
    'connection: close', ...(problem.retryAfter === undefined ? [] : [`retry-after: ${String(problem.retryAfter)}`]), '', body,
  ].join('\r\n'));
}
