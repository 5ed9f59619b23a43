import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { packageFile } from '../common/package-file.js';
import { checkExposure, hasGrant, hostIsLocal } from '../auth/mod.js';
import { packageVersion, type Config } from '../config/mod.js';
import { StoreError } from '../store/mod.js';
import { LogThrottle, Metrics, startTracing, type Logger, type Tracing } from '../telemetry/mod.js';
import { accessRoutes } from './http/access.js';
import { advertisedUrl } from './http/advertised.js';
import { apiRoutes } from './http/api.js';
import { startEventInfrastructure, type EventInfrastructure } from './event-infrastructure.js';
import { CloseWithin } from './close-within.js';
import { Connections } from './http/connections.js';
import { belowBasePath } from './http/base-path.js';
import { Downloads } from './http/downloads.js';
import { Guard } from './http/guard.js';
import { SessionQuota } from './sessions/session-quota.js';
import { checkCertificate, createListener, listen, type Listener } from './http/listener.js';
import { originOf } from './store-setup.js';
import { descriptionTimeout } from '../llm/mod.js';
import { iceServersOf, startAnalysis, startMedia, type Analysis } from './stages.js';
import type { MediaPool } from '../pipeline/mod.js';
import { pageFiles } from './http/page-files.js';
import { ProblemError, problemResponse } from './http/problem.js';
import { Publications } from './sessions/publications.js';
import { PublisherQuota } from './sessions/publisher-quota.js';
import { BUS_AWAY, MEDIA_STARTING, refusalProblem } from './http/refusal.js';
import { recordingRoutes, startRecordings, type Recordings } from './recordings/mod.js';
import { Refusals } from './http/refusals.js';
import { startLoadWatch, type LoadWatch } from './health/load-watch.js';
import { securityHeaders } from './http/security-headers.js';
import { logSessions } from './sessions/session-log.js';
import { sessionSettings, type FalseAlarmsSet } from './http/session-settings.js';
import { Sessions } from './sessions/sessions.js';
import { serveUpgrades } from './http/upgrades.js';
import { Viewers } from './viewers/viewers.js';
import { WhipRelay } from './sessions/whip-relay.js';
import { whipRoutes } from './http/whip.js';

const CLIENT = packageFile('dist/client');

interface ServerParts {
  readonly metrics: Metrics;
  readonly sessions: Sessions;
  readonly analysis: Analysis;
  readonly media: MediaPool | undefined;
  readonly viewers: Viewers;
  readonly tracing: Tracing | undefined;
  readonly guard: Guard;
  readonly infrastructure: EventInfrastructure;
  readonly recordings: Recordings | undefined;
  readonly load: LoadWatch | undefined;
  readonly connections: Connections;
  readonly log: Logger;
  /** Milliseconds that alerts in work have on close. */
  readonly drain: number;
}

/** Milliseconds beyond `server.drain_ms` within which everything is closed; a process is ended a moment later. */
const CLOSE_TIMEOUT_MS = 4000;
/** Milliseconds that answers under way have before their connections are cut. */
const ANSWERS_TIMEOUT_MS = 500;

/** The live server: WHIP, API, metrics, viewers and the web page on one port. */
export class MellmServer {
  /** Where it listens, e.g. `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly metrics: Metrics;
  readonly sessions: Sessions;
  readonly #listener: Listener;
  readonly #guard: Guard;
  readonly #analysis: Analysis;
  readonly #media: MediaPool | undefined;
  readonly #viewers: Viewers;
  readonly #tracing: Tracing | undefined;
  readonly #infrastructure: EventInfrastructure;
  readonly #recordings: Recordings | undefined;
  readonly #load: LoadWatch | undefined;
  readonly #connections: Connections;
  readonly #log: Logger;
  readonly #drain: number;
  #closing: Promise<void> | undefined;

  private constructor(url: string, listener: Listener, parts: ServerParts) {
    this.url = url;
    this.#listener = listener;
    this.#guard = parts.guard;
    this.metrics = parts.metrics;
    this.sessions = parts.sessions;
    this.#analysis = parts.analysis;
    this.#media = parts.media;
    this.#viewers = parts.viewers;
    this.#tracing = parts.tracing;
    this.#infrastructure = parts.infrastructure;
    this.#recordings = parts.recordings;
    this.#load = parts.load;
    this.#connections = parts.connections;
    this.#log = parts.log;
    this.#drain = parts.drain;
  }

  /**
   * Loads and warms the models, then listens. Rejects with a clear message where a model can't be loaded or the address can't
   * be had.
   */
  static async start(config: Config, log: Logger): Promise<MellmServer> {
    const guard = new Guard(config, log);
    const { host, insecure, trusted_proxies: proxies } = config.server;
    checkCertificate(config.tls);
    await checkExposure({ host, insecure, authenticated: guard.enabled, proxied: proxies.length > 0 });
    const version = packageVersion();
    const metrics = new Metrics({ emotion: config.llm.emotion, version, nodeLoopFigures: config.bus.url === undefined });
    const roles = new Set(config.bus.roles);
    const maxSessions = roles.has('ingest') ? config.server.max_sessions : 0;
    metrics.sessionsLimit.set(maxSessions);
    const refusals = new Refusals(metrics, log);
    guard.onRefusal = (reason) => {
      refusals.count(reason);
    };
    const infrastructure = await startEventInfrastructure(config, metrics, log, () => sessions);
    const { bus, store, cluster } = infrastructure;
    if (cluster?.tickets) guard.tickets = cluster.tickets;
    logSessions(bus, log);
    const tracing = await startTracing({
      endpoint: config.telemetry.otlp_endpoint,
      version,
      onProblem: (error) => {
        log.warn({ err: error }, 'traces could not be delivered');
      },
    });
    const [analysed, ingested] = await Promise.allSettled([
      startAnalysis(config, metrics, store, log, {
        vision: false,
        ...(cluster ? { flow: roles.has('flow'), llm: roles.has('llm'), elsewhere: cluster.stages } : {}),
      }),
      roles.has('ingest') ? startMedia(config, metrics, log) : undefined,
    ]);
    if (analysed.status === 'rejected' || ingested.status === 'rejected') {
      if (analysed.status === 'fulfilled') await analysed.value.close();
      if (ingested.status === 'fulfilled') await ingested.value?.close();
      await infrastructure.close();
      throw analysed.status === 'rejected' ? analysed.reason : (ingested as PromiseRejectedResult).reason;
    }
    const [analysis, media] = [analysed.value, ingested.value];
    const load = startLoadWatch(config, metrics, log);
    const sessions = new Sessions({
      bus,
      store,
      metrics,
      maxSessions,
      maxBytes: config.limits.session_megabytes * 2 ** 20,
      spotting: analysis.spotting,
      madeWith: originOf(config, analysis.loaded, version),
      onEnded: (session) => {
        analysis.forget(session);
      },
      overload: () => load?.refusing,
      services: {
        ...analysis.stages,
        metrics,
        tracing,
        alertTimeoutMs: descriptionTimeout(config) + 2000,
        onAnalyzed: (ms, kind) => {
          if (kind === 'live') load?.waited(ms);
        },
        onFailure: (session, stage, error, left) => {
          log.warn({ session, stage, ...left, err: error }, 'a stage failed');
        },
      },
    });
    const held = new SessionQuota({
      limit: config.limits.sessions_per_token,
      elsewhere: cluster && ((key) => cluster.heldElsewhere(key)),
      onChange:
        cluster &&
        (() => {
          cluster.beat();
        }),
    });
    const viewers = new Viewers({ bus, store, metrics, guard, limits: config.limits });
    const app = new Hono();
    app.use(securityHeaders(guard));
    app.route('/', accessRoutes({ guard, config, sessionName: async (id) => (await store.get(id))?.name }));
    const quota = new PublisherQuota({
      pending: config.limits.pending_sessions ?? Math.max(4, Math.min(16, Math.ceil(config.server.max_sessions / 2))),
    });
    const publications = new Publications({ ingest: media, sessions, held, quota, iceServers: iceServersOf(config.webrtc.ice_servers) });
    const relay = cluster && new WhipRelay({ signalling: cluster.signalling, metrics, publications });
    app.route(
      '/',
      whipRoutes({
        publications,
        relay,
        elsewhere: cluster && (() => cluster.elsewhere()),
        metrics,
        guard,
        limits: config.limits,
        basePath: config.server.base_path,
      }),
    );
    const service = await startRecordings(config, { bus, store, sessions, metrics, log });
    const { recordings } = service;
    app.route('/', recordingRoutes({ service, guard, basePath: config.server.base_path }));
    if (roles.has('api')) {
      const open = (limit: number): Downloads =>
        new Downloads({
          limit,
          onRefusal: (reason) => {
            refusals.count(reason);
          },
        });
      const [downloads, reports] = [open(config.limits.downloads), open(Math.ceil(config.limits.downloads / 4))];
      app.route(
        '/',
        apiRoutes({
          store,
          sessions,
          downloads,
          reports,
          addressOf: (context) => guard.peer(context).address,
          endElsewhere: cluster && (async (id) => (await cluster.order(id, { do: 'end' })) === true),
        }),
      );
      app.route(
        '/',
        sessionSettings(
          sessions,
          cluster &&
            (async (id, perMinute) =>
              (await cluster.order(id, { do: 'false_alarms', per_minute: perMinute })) as FalseAlarmsSet | undefined),
        ),
      );
    }
    app.get('/metrics', async (context) => {
      if (config.auth.metrics === 'token') await guard.require(context, 'metrics');
      const { body, contentType } = await metrics.expose(context.req.header('accept'));
      return context.body(body, 200, { 'content-type': contentType });
    });
    app.get('/healthz', (context) => context.json({ status: 'ok' }));
    app.get('/readyz', async (context) => {
      // Who goes away says so whatever its roles are; for the rest, only who takes sessions can be full.
      const refusal = sessions.draining
        ? refusalProblem('draining')
        : cluster?.connected === false
          ? BUS_AWAY
          : roles.has('ingest')
            ? sessions.refusalProblem
            : undefined;
      if (refusal) return problemResponse(context, refusal);
      if (media?.workers.length === 0) return problemResponse(context, MEDIA_STARTING);
      // A load balancer needs no token to learn this much.
      const identity = guard.tokenOf(context) === undefined && guard.enabled ? undefined : await guard.identify(context);
      const told = identity !== undefined && (hasGrant(identity, 'metrics') || hasGrant(identity, 'watch'));
      return context.json({
        status: 'ready',
        ...(told ? { sessions: sessions.live, models: analysis.loaded, store: store.health() } : {}),
      });
    });
    if (roles.has('api')) app.route('/', pageFiles(CLIENT));
    const aborted = new LogThrottle(10_000);
    app.notFound((context) =>
      problemResponse(context, { status: 404, title: 'Not Found', code: 'not_found', detail: 'there is nothing at this address' }),
    );
    app.onError((error, context) => {
      if (error instanceof ProblemError) {
        refusals.problem(error.problem.code);
        if (error.problem.code === 'aborted' && aborted.pass('aborted') !== undefined) log.info('request aborted by its client');
        if (error.problem.status >= 500 && error.cause) log.error({ err: error.cause }, error.problem.code);
        return problemResponse(context, error.problem);
      }
      if (error instanceof StoreError) {
        log.error({ err: error }, 'the store failed');
        return problemResponse(context, {
          status: 503,
          title: 'Service Unavailable',
          code: error.code,
          retryAfter: 10,
          detail: `what was kept can't be reached: ${error.message}`,
        });
      }
      log.error({ err: error }, 'a request failed');
      return problemResponse(context, {
        status: 500,
        title: 'Internal Server Error',
        code: 'internal',
        detail: "this request failed; the server's log says why",
      });
    });
    // eslint-disable-next-line @typescript-eslint/no-misused-promises -- the listener answers its own errors
    const listener = createListener(
      config,
      belowBasePath(config.server.base_path, getRequestListener(app.fetch, { overrideGlobalObjects: false })),
      log,
    );
    const { http } = listener;
    const connections = new Connections(http, {
      perAddress: config.limits.connections_per_address,
      writeTimeout: config.limits.write_timeout_ms,
      trusts: (address) => guard.trustsProxy(address),
      refusals,
    });
    serveUpgrades(http, { guard, viewers: roles.has('api') ? viewers : undefined, basePath: config.server.base_path });
    let url: string;
    let advertised: string;
    try {
      url = await listen(http, config);
      advertised = cluster ? await advertisedUrl({ listening: url, bus: config.bus, local: () => cluster.localAddress(), log }) : url;
    } catch (error) {
      http.close();
      connections.destroyAll();
      load?.close();
      listener.stopFollowing();
      guard.close();
      await recordings?.close();
      await media?.close();
      await analysis.close();
      await infrastructure.close();
      throw error;
    }
    if (guard.enabled && url.startsWith('http:') && config.server.trusted_proxies.length === 0 && !hostIsLocal(new URL(url).host)) {
      log.warn('tokens travel in clear text: set tls.cert and tls.key, or put a proxy with TLS in front (docs/secure.md)');
    }
    if (!guard.enabled && insecure) log.warn('--insecure: everyone who can reach this server may publish, watch and erase');
    cluster?.work(analysis.workers);
    await cluster?.announce(() => ({
      url: advertised,
      sessions: sessions.live,
      max: maxSessions,
      held: held.counts,
      draining: sessions.refusal === 'draining' || sessions.refusal === 'overloaded',
    }));
    return new MellmServer(url, listener, {
      metrics,
      sessions,
      analysis,
      media,
      viewers,
      tracing,
      guard,
      infrastructure,
      recordings,
      load,
      connections,
      log,
      drain: config.server.drain_ms,
    });
  }

  /**
   * Takes no more sessions, ends the live ones, lets jobs finish, tells the viewers and stops: within the time to drain and
   * {@link CLOSE_TIMEOUT_MS}, whatever is open or hangs. May be called twice.
   */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      const closing = new CloseWithin(this.#drain + CLOSE_TIMEOUT_MS, this.#log);
      // At once: what comes next waits for others.
      this.sessions.stopTaking();
      await closing.step('cluster drain', () => this.#infrastructure.cluster?.drain());
      await closing.step('sessions', () => this.sessions.drain('shutdown', this.#drain));
      await closing.step('recordings', () => this.#recordings?.close());
      this.#load?.close();
      // The last events are told when they are safe.
      await closing.step('store flush', () => this.#infrastructure.store.flush());
      await closing.step('viewers', () => this.#viewers.close());
      // Jobs under way need the models; meanwhile, whoever asks is told that this process goes away.
      await closing.step('cluster rest', () => this.#infrastructure.cluster?.rest());
      this.#listener.stopFollowing();
      this.#guard.close();
      await closing.step('connections', () => this.#hangUp());
      await closing.step('media', () => this.#media?.close());
      await closing.step('analysis', () => this.#analysis.close());
      await closing.step('traces', () => this.#tracing?.close());
      await closing.step('store and bus', () => this.#infrastructure.close());
      this.metrics.close();
    })();
    return this.#closing;
  }

  /** Listens no more, and lets answers under way finish for a moment. */
  #hangUp(): Promise<void> {
    const { http } = this.#listener;
    return new Promise((resolve) => {
      http.close(() => {
        resolve();
      });
      http.closeIdleConnections();
      setTimeout(() => {
        this.#connections.destroyAll();
      }, ANSWERS_TIMEOUT_MS).unref();
    });
  }
}
