import { Parts, type CloseStep } from '../common/parts.js';
import { checkExposure, hostIsLocal } from '../auth/mod.js';
import { packageVersion, type Config } from '../config/mod.js';
import { startAnalysis, startMedia } from '../pipeline/mod.js';
import { Metrics, startTracing, type Logger } from '../telemetry/mod.js';
import { CloseWithin } from './close-within.js';
import { startEventInfrastructure } from './event-infrastructure.js';
import { startLoadWatch } from './health/load-watch.js';
import { advertisedUrl } from './http/advertised.js';
import { Guard } from './http/guard.js';
import { HttpServer } from './http/http-server.js';
import { checkCertificate } from './http/listener.js';
import { Refusals } from './http/refusals.js';
import { allRoutes } from './http/routes.js';
import { startMqtt } from './mqtt/mqtt.js';
import { startRecordings } from './recordings/mod.js';
import { createSessions } from './sessions/create-sessions.js';
import { openPublishing } from './sessions/open-publishing.js';
import { logSessions } from './sessions/session-log.js';
import { SessionRegistry } from './sessions/session-registry.js';
import type { Sessions } from './sessions/sessions.js';
import { Viewers } from './viewers/viewers.js';
import { startWebhooks } from './webhooks/webhooks.js';

/** Milliseconds beyond `server.drain_ms` within which everything is closed; a process is ended a moment later. */
const CLOSE_TIMEOUT_MS = 4000;

/** The live server: WHIP, API, metrics, viewers and the web page on one port. */
export class MellmServer {
  /** Where it listens, e.g. `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly metrics: Metrics;
  readonly sessions: Sessions;
  readonly #close: () => Promise<void>;
  #closing: Promise<void> | undefined;

  private constructor({ url, metrics, sessions }: Running, close: () => Promise<void>) {
    this.url = url;
    this.metrics = metrics;
    this.sessions = sessions;
    this.#close = close;
  }

  /** Loads and warms the models, then listens. Rejects with the cause and the fix where a part can't start; those started are closed. */
  static start(config: Config, log: Logger): Promise<MellmServer> {
    return Parts.start(
      async (parts) =>
        new MellmServer(await startParts(config, log, parts), () => parts.close(within(config.server.drain_ms + CLOSE_TIMEOUT_MS, log))),
      () => within(CLOSE_TIMEOUT_MS, log),
    );
  }

  /**
   * Refuses new sessions, ends the live ones, finishes their jobs, sends viewers the last events and stops, within `server.drain_ms`
   * and {@link CLOSE_TIMEOUT_MS}, even if a part hangs.
   */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }
}

interface Running {
  readonly url: string;
  readonly metrics: Metrics;
  readonly sessions: Sessions;
}

/** Starts every part; they close in reverse, so the order below is that of the shutdown too. */
async function startParts(config: Config, log: Logger, parts: Parts): Promise<Running> {
  const roles = new Set(config.bus.roles);
  const guard = parts.add('guard', new Guard(config, log), (it) => {
    it.close();
  });
  await checkSettings(config, guard);
  const metrics = parts.add('metrics', createMetrics(config), (it) => {
    it.close();
  });
  const refusals = new Refusals(metrics, log);
  guard.onRefusal = (reason) => {
    refusals.count(reason);
  };
  const registry = new SessionRegistry();
  const infrastructure = await parts.add('store and bus', startEventInfrastructure(config, metrics, log, registry), (it) => it.close());
  const { bus, store, cluster } = infrastructure;
  if (cluster?.tickets) guard.tickets = cluster.tickets;
  logSessions(bus, log);
  const tracing = await parts.add('traces', traces(config, log), (it) => it?.close());
  const remote = cluster && { flow: roles.has('flow'), llm: roles.has('llm'), remote: cluster.stages };
  const [analysis, media] = await Promise.all([
    parts.add('analysis', startAnalysis(config, metrics, store, log, { vision: false, ...remote }), (it) => it.close()),
    parts.add('media', roles.has('ingest') ? startMedia(config, metrics, log) : undefined, (it) => it?.close()),
  ]);
  const http = parts.add('connections', new HttpServer(config, { guard, refusals, log }), (it) => it.close());
  // Jobs under way need the models, and requests are answered until they are finished.
  parts.add('cluster jobs', cluster, (it) => it?.finishJobs());
  const load = parts.add('load watch', startLoadWatch(config, metrics, log), (it) => it?.close());
  const sessions = createSessions(config, { registry, infrastructure, analysis, metrics, tracing, load, log });
  const viewers = parts.add('viewers', new Viewers({ bus, store, metrics, guard, limits: config.limits }), (it) => it.close());
  // Viewers receive an event once it is stored.
  parts.add('store flush', store, (it) => it.flush());
  const uploads = await parts.add('recordings', startRecordings(config, { bus, store, sessions, metrics, log }), ({ recordings }) =>
    recordings?.close(),
  );
  parts.add('webhooks', startWebhooks(config.webhooks, { bus, metrics, log, registry }), (it) => it.close());
  if (roles.has('ingest')) await parts.add('mqtt', startMqtt(config.mqtt, { bus, metrics, log, registry }), (it) => it?.close());
  parts.add('sessions', sessions, (it) => it.drain('shutdown', config.server.drain_ms));
  const publishing = openPublishing(config, { media, sessions, cluster, metrics });
  const { loaded } = analysis;
  http.serve(
    allRoutes({ config, log, guard, refusals, metrics, store, bus, sessions, uploads, cluster, media, loaded, publishing }),
    viewers,
  );
  const url = await http.listen();
  const advertised = cluster ? await advertisedUrl({ listening: url, bus: config.bus, local: () => cluster.localAddress(), log }) : url;
  warnIfOpen(config, guard, url, log);
  cluster?.work(analysis.workers);
  // First of all, no one else is sent here.
  parts.add('cluster drain', cluster, (it) => {
    sessions.stopTaking();
    return it?.drain();
  });
  await cluster?.announce(() => ({
    url: advertised,
    sessions: sessions.live,
    max: sessions.max,
    held: publishing.quota.counts,
    draining: sessions.refusal === 'draining' || sessions.refusal === 'overloaded',
  }));
  return { url, metrics, sessions };
}

/** Reports settings that cannot work before anything is started. @throws ConfigError, AuthError */
async function checkSettings({ server, tls }: Config, guard: Guard): Promise<void> {
  checkCertificate(tls);
  const { host, insecure, trusted_proxies: proxies } = server;
  await checkExposure({ host, insecure, authenticated: guard.enabled, proxied: proxies.length > 0 });
}

const createMetrics = ({ llm, bus }: Config): Metrics =>
  new Metrics({ emotion: llm.emotion, version: packageVersion(), nodeLoopFigures: bus.url === undefined });

const traces = ({ telemetry }: Config, log: Logger): ReturnType<typeof startTracing> =>
  startTracing({
    endpoint: telemetry.otlp_endpoint,
    version: packageVersion(),
    onProblem: (error) => {
      log.warn({ err: error }, 'traces could not be delivered');
    },
  });

function warnIfOpen({ server }: Config, guard: Guard, url: string, log: Logger): void {
  if (guard.enabled && url.startsWith('http:') && server.trusted_proxies.length === 0 && !hostIsLocal(new URL(url).host))
    log.warn('tokens are sent in clear text: set tls.cert and tls.key, or put a TLS proxy in front (docs/secure.md)');
  if (!guard.enabled && server.insecure) log.warn('--insecure: everyone who can reach this server may publish, watch and erase');
}

/** Closes parts within one common deadline. */
function within(ms: number, log: Logger): CloseStep {
  const closing = new CloseWithin(ms, log);
  return (name, close) => closing.step(name, close);
}
