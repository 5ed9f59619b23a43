import { Hono, type Context } from 'hono';
import type { Cluster } from '../../cluster/mod.js';
import { packageFile } from '../../common/package-file.js';
import type { EventBus } from '../../events/bus/mod.js';
import type { Config } from '../../config/mod.js';
import type { MediaPool } from '../../pipeline/mod.js';
import type { Store } from '../../store/mod.js';
import type { Logger, Metrics } from '../../telemetry/mod.js';
import { descriptionRoutes } from '../description/routes.js';
import { recordingRoutes, type RecordingsService } from '../recordings/mod.js';
import type { Publishing } from '../sessions/open-publishing.js';
import type { Sessions } from '../sessions/sessions.js';
import { accessRoutes } from './access.js';
import { apiRoutes } from './api.js';
import { askRoutes } from './ask.js';
import { Downloads } from './downloads.js';
import { answerErrors } from './errors.js';
import type { Guard } from './guard.js';
import { healthRoutes } from './health.js';
import { markerRoutes, markersOf, type MarkElsewhere } from './markers.js';
import { pageFiles } from './page-files.js';
import type { Refusals } from './refusals.js';
import { securityHeaders } from './security-headers.js';
import { reviewRoutes } from './reviews.js';
import { seriesRoutes } from './series.js';
import { sessionSettings, type FalseAlarmsSet } from './session-settings.js';
import { whipRoutes } from './whip.js';

/** The parts of the server that requests are answered from. */
export interface RouteParts {
  readonly config: Config;
  readonly log: Logger;
  readonly guard: Guard;
  readonly refusals: Refusals;
  readonly metrics: Metrics;
  readonly store: Store;
  readonly bus: EventBus;
  readonly sessions: Sessions;
  readonly uploads: RecordingsService;
  readonly publishing: Publishing;
  readonly cluster: Cluster | undefined;
  readonly media: MediaPool | undefined;
  /** Models that are loaded, as `/readyz` lists them. */
  readonly loaded: readonly string[];
}

/** Every route of this process, by its roles. */
export function allRoutes(parts: RouteParts): Hono {
  const { config, log, guard, refusals, metrics, store, uploads, publishing, cluster } = parts;
  const basePath = config.server.base_path;
  const elsewhere = cluster && (() => cluster.elsewhere());
  const app = new Hono();
  app.use(securityHeaders(guard, config.server.frame_ancestors));
  app.route('/', accessRoutes({ guard, config, sessionName: async (id) => (await store.get(id))?.name }));
  app.route('/', whipRoutes({ ...publishing, elsewhere, metrics, guard, limits: config.limits, basePath }));
  app.route('/', recordingRoutes({ service: uploads, guard, basePath }));
  app.route('/', healthRoutes(parts));
  if (config.bus.roles.includes('api')) {
    app.route('/', sessionRoutes(parts));
    app.route('/', descriptionRoutes({ guard, basePath }));
    app.route('/', pageFiles(packageFile('dist/client'), packageFile('dist/clients/browser')));
  }
  answerErrors(app, refusals, log);
  return app;
}

/** Routes under `/api/sessions` and `/api/annotations`; sessions of other processes are reached through the cluster. */
function sessionRoutes({ config, guard, refusals, store, bus, sessions, cluster }: RouteParts): Hono {
  const downloads = (limit: number): Downloads =>
    new Downloads({
      limit,
      onRefusal: (reason) => {
        refusals.count(reason);
      },
    });
  const app = new Hono();
  const shared = {
    store,
    blind: config.reviews.blind,
    downloads: downloads(config.limits.downloads),
    addressOf: (context: Context) => guard.peer(context).address,
  };
  app.route('/', reviewRoutes(shared));
  app.route(
    '/',
    apiRoutes({
      ...shared,
      markersOf: (session) => markersOf(bus, session),
      sessions,
      reports: downloads(Math.ceil(config.limits.downloads / 4)),
      endElsewhere: cluster && (async (id) => (await cluster.command(id, { do: 'end' })) === true),
    }),
  );
  app.route(
    '/',
    sessionSettings(
      sessions,
      cluster &&
        (async (id, perMinute) => (await cluster.command(id, { do: 'false_alarms', per_minute: perMinute })) as FalseAlarmsSet | undefined),
    ),
  );
  const markElsewhere: MarkElsewhere | undefined =
    cluster &&
    (async (id, marker, arrived) => (await cluster.command(id, { do: 'mark', marker, arrived })) as Awaited<ReturnType<MarkElsewhere>>);
  app.route('/', seriesRoutes(store));
  app.route('/', askRoutes(store, config.llm.emotion));
  app.route('/', markerRoutes({ sessions, store, bus, markElsewhere }));
  return app;
}
