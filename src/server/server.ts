import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { getRequestListener } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import { InProcessBus } from '../bus/mod.js';
import { packageVersion, type Config } from '../config/mod.js';
import { MemoryStore } from '../store/mod.js';
import { Metrics, startTracing, type Logger, type Tracing } from '../telemetry/mod.js';
import { apiRoutes } from './api.js';
import { startAnalysis, startIngest, type Analysis } from './models.js';
import type { IngestPool } from '../ingest/mod.js';
import { ProblemError, problemResponse } from './problem.js';
import { logSessions } from './session-log.js';
import { sessionSettings } from './session-settings.js';
import { Sessions } from './sessions.js';
import { Viewers } from './viewers.js';
import { whipRoutes } from './whip.js';

const CLIENT = fileURLToPath(new URL('../client', import.meta.url)).replace('/src/client', '/dist/client');

/** The live server: WHIP, API, metrics, viewers and the web page on one port. */
export class MellmServer {
  /** Where it listens, e.g. `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly metrics: Metrics;
  readonly sessions: Sessions;
  readonly #http: Server;
  readonly #analysis: Analysis;
  readonly #ingest: IngestPool;
  readonly #viewers: Viewers;
  readonly #tracing: Tracing | undefined;
  #closing: Promise<void> | undefined;

  private constructor(url: string, http: Server, parts: { metrics: Metrics; sessions: Sessions; analysis: Analysis; ingest: IngestPool; viewers: Viewers; tracing: Tracing | undefined }) {
    this.url = url;
    this.#http = http;
    this.metrics = parts.metrics;
    this.sessions = parts.sessions;
    this.#analysis = parts.analysis;
    this.#ingest = parts.ingest;
    this.#viewers = parts.viewers;
    this.#tracing = parts.tracing;
  }

  /**
   * Loads and warms the models, then listens. Rejects with a clear message where a model can't be loaded or the address can't
   * be had.
   */
  static async start(config: Config, log: Logger): Promise<MellmServer> {
    const version = packageVersion();
    const metrics = new Metrics({ emotion: config.llm.emotion, version });
    metrics.sessionsLimit.set(config.server.max_sessions);
    const store = new MemoryStore({ onForget: (session) => { bus.forget(session); } });
    const bus = new InProcessBus({
      commit: (event) => store.append(event),
      onListenerError: (error) => { log.error({ err: error }, 'a listener failed'); },
    });
    logSessions(bus, log);
    const tracing = await startTracing({ endpoint: config.telemetry.otlp_endpoint, version, onProblem: (error) => { log.warn({ err: error }, 'traces could not be delivered'); } });
    const analysis = await startAnalysis(config, metrics, store, log);
    const ingest = await startIngest(config);
    const sessions = new Sessions({
      bus, store, metrics, maxSessions: config.server.max_sessions,
      spotting: analysis.spotting,
      onEnded: (session) => { analysis.forget(session); },
      services: {
        ...analysis.stages, metrics, tracing,
        onFailure: (session, stage, error) => { log.warn({ session, stage, err: error }, 'a stage failed'); },
      },
    });
    const viewers = new Viewers({ bus, store, metrics });
    const app = new Hono();
    app.use(secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'self'"], scriptSrc: ["'self'", "'wasm-unsafe-eval'"], styleSrc: ["'self'"], imgSrc: ["'self'", 'blob:', 'data:'],
        mediaSrc: ["'self'", 'blob:'], connectSrc: ["'self'", 'ws:', 'wss:'], workerSrc: ["'self'", 'blob:'],
        objectSrc: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"], frameAncestors: ["'none'"],
      },
      permissionsPolicy: { camera: ['self'], microphone: [], geolocation: [] },
      referrerPolicy: 'no-referrer', xFrameOptions: 'DENY', strictTransportSecurity: false, crossOriginEmbedderPolicy: false,
    }));
    app.route('/', whipRoutes({ ingest, sessions, metrics, iceServers: config.webrtc.ice_servers }));
    app.route('/', apiRoutes(store, sessions));
    app.route('/', sessionSettings(sessions));
    app.get('/metrics', async (context) => {
      const { body, contentType } = await metrics.expose(context.req.header('accept'));
      return context.body(body, 200, { 'content-type': contentType });
    });
    app.get('/healthz', (context) => context.json({ status: 'ok' }));
    app.get('/readyz', (context) => {
      const refusal = sessions.refusal;
      if (refusal === undefined) return context.json({ status: 'ready', sessions: sessions.live, models: analysis.loaded });
      return problemResponse(context, {
        status: 503, title: 'Service Unavailable', code: refusal, retryAfter: 10,
        detail: refusal === 'full' ? 'all places are taken' : 'the server is shutting down',
      });
    });
    app.get('/watch', serveStatic({ root: CLIENT, path: 'index.html' }));
    app.use('/*', serveStatic({
      root: CLIENT,
      onFound: (path, context) => { context.header('cache-control', /[\\/]assets[\\/]/.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache'); },
    }));
    app.notFound((context) => problemResponse(context, { status: 404, title: 'Not Found', code: 'not_found', detail: 'there is nothing at this address' }));
    app.onError((error, context) => {
      if (error instanceof ProblemError) {
        if (error.problem.status >= 500 && error.cause) log.error({ err: error.cause }, error.problem.code);
        return problemResponse(context, error.problem);
      }
      log.error({ err: error }, 'a request failed');
      return problemResponse(context, { status: 500, title: 'Internal Server Error', code: 'internal', detail: 'this request failed; the server\'s log says why' });
    });
    // eslint-disable-next-line @typescript-eslint/no-misused-promises -- the listener answers its own errors
    const http = createServer({ requestTimeout: 30_000, headersTimeout: 15_000, maxHeaderSize: 16_384 }, getRequestListener(app.fetch, { overrideGlobalObjects: false }));
    http.on('upgrade', (request, socket, head) => {
      if ((request.url ?? '').split('?')[0] === '/ws') viewers.upgrade(request, socket, head);
      else socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
    });
    const { host, port } = config.server;
    try {
      await new Promise<void>((resolve, reject) => {
        http.once('error', reject);
        http.listen(port, host, () => { http.off('error', reject); resolve(); });
      });
    } catch (error) {
      await ingest.close();
      await analysis.close();
      throw listenError(error, host, port);
    }
    const address = http.address() as AddressInfo;
    const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address;
    return new MellmServer(`http://${shown}:${String(address.port)}`, http, { metrics, sessions, analysis, ingest, viewers, tracing });
  }

  /** Takes no more sessions, ends the live ones, lets jobs finish, tells the viewers and stops. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      await this.sessions.drain('shutdown');
      await this.#viewers.close();
      await new Promise<void>((resolve) => { this.#http.close(() => { resolve(); }); this.#http.closeIdleConnections(); setTimeout(() => { this.#http.closeAllConnections(); }, 500).unref(); });
      await this.#ingest.close();
      await this.#analysis.close();
      await this.#tracing?.close();
      this.metrics.close();
    })();
    return this.#closing;
  }
}

function listenError(error: unknown, host: string, port: number): Error {
  const code = (error as NodeJS.ErrnoException).code;
  const where = `${host}:${String(port)}`;
  if (code === 'EADDRINUSE') return new Error(`port ${String(port)} is taken on ${host}; stop what uses it, or choose another with --port`, { cause: error });
  if (code === 'EACCES') return new Error(`listening on ${where} is not allowed; choose a port above 1023 with --port`, { cause: error });
  return new Error(`can't listen on ${where} (${code ?? 'unknown'}); check --host and --port`, { cause: error });
}
