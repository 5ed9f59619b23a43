import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { SUBPROTOCOL } from '../../events/mod.js';
import { coversSession, type Identity } from '../../auth/mod.js';
import { FROM_OLDEST, type EventBus } from '../../events/bus/mod.js';
import type { Config } from '../../config/mod.js';
import type { Store } from '../../store/mod.js';
import type { Metrics } from '../../telemetry/mod.js';
import type { Guard } from '../http/guard.js';
import { notFound, ProblemError, type Problem } from '../http/problem.js';
import { refuseUpgrade } from '../http/refuse-upgrade.js';
import { Viewer } from './viewer.js';
import { ViewerQuota } from './viewer-quota.js';

export interface ViewersOptions {
  readonly bus: EventBus;
  readonly store: Store;
  readonly metrics: Metrics;
  readonly guard: Guard;
  readonly limits: Pick<Config['limits'], 'viewers' | 'viewers_per_token' | 'viewers_per_address' | 'message_bytes' | 'idle_timeout_ms'>;
}

/** Session names in memory; far more than sessions can be live. */
const MAX_NAMES = 20_000;

/** Live sessions per request to the store. */
const PAGE = 1000;

/** Milliseconds for the last events to reach the viewers at shutdown. */
const DRAIN_TIMEOUT_MS = 2000;

/** `GET /ws`. The socket is read-only: a message from a viewer closes it. */
export class Viewers {
  readonly #server: WebSocketServer;
  readonly #options: ViewersOptions;
  readonly #alive = new WeakSet<WebSocket>();
  readonly #identities = new Map<WebSocket, Identity>();
  readonly #viewers = new Set<Viewer>();
  readonly #ping: NodeJS.Timeout;
  readonly #quota: ViewerQuota;
  /** Names of the latest sessions, for viewers whose token is bound to a name. */
  readonly #names = new Map<string, string>();

  constructor(options: ViewersOptions) {
    this.#options = options;
    this.#quota = new ViewerQuota(options.limits, (reason) => {
      options.guard.onRefusal(reason);
    });
    this.#server = new WebSocketServer({
      noServer: true,
      maxPayload: options.limits.message_bytes,
      perMessageDeflate: false,
      // An offered `bearer.` token must not be echoed.
      handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
    });
    options.bus.subscribe(
      undefined,
      (event) => {
        if (event.type !== 'session.started') return;
        this.#names.set(event.session, event.name);
        if (this.#names.size > MAX_NAMES) this.#names.delete(this.#names.keys().next().value ?? '');
      },
      'durable',
    );
    options.guard.onTokens = () => {
      for (const [socket, identity] of this.#identities)
        if (!options.guard.stillHolds(identity)) socket.close(4401, 'the token was revoked');
    };
    this.#ping = setInterval(() => {
      for (const socket of this.#server.clients) {
        if (!this.#alive.has(socket)) {
          socket.terminate();
          continue;
        }
        this.#alive.delete(socket);
        socket.ping();
      }
    }, options.limits.idle_timeout_ms);
    this.#ping.unref();
  }

  /** Accepts an HTTP upgrade to `/ws`, or answers it with a problem. Never rejects. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // Nothing else handles the socket's errors while the token is checked.
    const gone = (): void => {
      socket.destroy();
    };
    socket.on('error', gone);
    let leave = (): void => undefined;
    try {
      const url = new URL(request.url ?? '/', 'http://localhost');
      this.#options.guard.admit(request);
      const identity = await this.#options.guard.requireViewer(request, url.searchParams.get('ticket') ?? undefined);
      const problem = requestProblem(request, url);
      if (problem) throw new ProblemError(problem);
      leave = this.#quota.take(identity, this.#options.guard.peer(request).address);
      const session = url.searchParams.get('session') ?? undefined;
      const sessions = await this.#sessions(session, identity);
      if (sessions.length === 0 && session !== undefined) throw notFound('session with this id');
      const since = url.searchParams.get('since');
      const from = new Map(sessions.map((id) => [id, since === null ? FROM_OLDEST : Number(since)] as const));
      socket.off('error', gone);
      if (socket.destroyed) return;
      this.#server.handleUpgrade(request, socket, head, (client) => {
        client.once('close', leave);
        leave = (): void => undefined;
        this.#welcome(client, identity, session, from);
      });
    } catch (error) {
      refuseUpgrade(
        socket,
        error instanceof ProblemError
          ? error.problem
          : error instanceof TypeError
            ? { status: 400, title: 'Bad Request', code: 'bad_request', detail: 'malformed URL' }
            : {
                status: 503,
                title: 'Service Unavailable',
                code: 'store_unavailable',
                detail: 'stored sessions are unavailable; try again later',
                retryAfter: 10,
              },
      );
    } finally {
      // The WebSocket server answers a malformed handshake itself, without a callback.
      leave();
    }
  }

  /** The requested session, if this identity may see it; without a request, the live ones, oldest first. */
  async #sessions(id: string | undefined, identity: Identity): Promise<string[]> {
    const { store } = this.#options;
    if (id !== undefined) {
      const record = await store.get(id);
      return record && coversSession(identity, record.name) ? [record.id] : [];
    }
    const live: string[] = [];
    for (;;) {
      const page = await store.list({ limit: PAGE, before: live.at(-1), name: identity.session, state: 'live' });
      live.push(...page.map((record) => record.id));
      if (page.length < PAGE) return live.reverse();
    }
  }

  /** Sends the remaining events to every viewer, closes its socket with 1001 (going away), and stops. */
  async close(): Promise<void> {
    clearInterval(this.#ping);
    await until(() => [...this.#viewers].every(({ behind }) => !behind), DRAIN_TIMEOUT_MS);
    for (const socket of this.#server.clients) socket.close(1001, 'the server is shutting down');
    await until(() => this.#server.clients.size === 0, 1000);
    for (const socket of this.#server.clients) socket.terminate();
    this.#server.close();
  }

  #welcome(socket: WebSocket, identity: Identity, session: string | undefined, from: ReadonlyMap<string, number>): void {
    const { bus, metrics } = this.#options;
    const sees = (id: string): boolean =>
      identity.session === undefined || from.has(id) || coversSession(identity, this.#names.get(id) ?? '');
    const viewer = new Viewer({
      socket,
      bus,
      session,
      sees,
      from,
      onDropped: () => {
        metrics.wsDropped.inc();
      },
    });
    this.#viewers.add(viewer);
    metrics.wsClients.inc();
    const over = closeAt(socket, identity.expires);
    this.#alive.add(socket);
    this.#identities.set(socket, identity);
    socket.on('pong', () => {
      this.#alive.add(socket);
    });
    socket.on('message', (data, binary) => {
      if (binary) socket.close(1003, 'text messages only');
      else if (!isJson((data as Buffer).toString())) socket.close(1007, 'not JSON');
      else socket.close(1008, 'unexpected message: this socket is read-only');
    });
    socket.on('error', () => {
      socket.terminate();
    });
    socket.once('close', () => {
      this.#identities.delete(socket);
      viewer.close();
      this.#viewers.delete(viewer);
      metrics.wsClients.dec();
      clearTimeout(over);
    });
  }
}

/** Validates the request of a viewer. */
function requestProblem(request: IncomingMessage, url: URL): Problem | undefined {
  const offered = request.headers['sec-websocket-protocol'];
  if (offered !== undefined && !offered.split(',').some((name) => name.trim() === SUBPROTOCOL)) {
    return { status: 400, title: 'Bad Request', code: 'bad_subprotocol', detail: `offer the subprotocol ${SUBPROTOCOL}` };
  }
  const since = url.searchParams.get('since');
  if (since !== null && !/^\d{1,15}$/.test(since))
    return { status: 400, title: 'Bad Request', code: 'bad_since', detail: 'since must be a seq: a whole number from 0' };
  if (since !== null && url.searchParams.get('session') === null)
    return { status: 400, title: 'Bad Request', code: 'bad_since', detail: 'since needs a session: seq counts within one' };
  return undefined;
}

/** Closes a viewer when its token expires, unless that is beyond Node's longest timer (24 days). */
function closeAt(socket: WebSocket, expires: number | undefined): NodeJS.Timeout | undefined {
  if (expires === undefined || expires - Date.now() > 2 ** 31 - 1) return undefined;
  return setTimeout(
    () => {
      socket.close(4401, 'the token has expired');
    },
    Math.max(0, expires - Date.now()),
  ).unref();
}

/** Resolves when the condition holds, or after `ms`. */
async function until(so: () => boolean, ms: number): Promise<void> {
  for (const deadline = Date.now() + ms; !so() && Date.now() < deadline;)
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
