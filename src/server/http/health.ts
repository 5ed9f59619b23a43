import { Hono, type Context } from 'hono';
import type { Cluster } from '../../cluster/mod.js';
import { hasGrant } from '../../auth/mod.js';
import type { Config } from '../../config/mod.js';
import type { MediaPool } from '../../pipeline/mod.js';
import type { Store } from '../../store/mod.js';
import type { Metrics } from '../../telemetry/mod.js';
import type { Sessions } from '../sessions/sessions.js';
import type { Guard } from './guard.js';
import { problemResponse, type Problem } from './problem.js';
import { BUS_AWAY, MEDIA_STARTING, refusalProblem } from './refusal.js';

export interface HealthParts {
  readonly config: Config;
  readonly guard: Guard;
  readonly metrics: Metrics;
  readonly store: Store;
  readonly sessions: Sessions;
  readonly cluster: Cluster | undefined;
  readonly media: MediaPool | undefined;
  /** Models that are loaded. */
  readonly loaded: readonly string[];
}

/** `/metrics`, `/healthz` and `/readyz`. */
export function healthRoutes(parts: HealthParts): Hono {
  const { config, guard, metrics, store, sessions, loaded } = parts;
  const app = new Hono();
  app.get('/metrics', async (context) => {
    if (config.auth.metrics === 'token') await guard.require(context, 'metrics');
    const { body, contentType } = await metrics.expose(context.req.header('accept'));
    return context.body(body, 200, { 'content-type': contentType });
  });
  app.get('/healthz', (context) => context.json({ status: 'ok' }));
  app.get('/readyz', async (context) => {
    const problem = notReady(parts);
    if (problem) return problemResponse(context, problem);
    const details = (await seesDetails(context, guard)) ? { sessions: sessions.live, models: loaded, store: store.health() } : {};
    return context.json({ status: 'ready', ...details });
  });
  return app;
}

/** Why this process takes no requests now. Draining concerns every process, the number of sessions only those that take publishers. */
function notReady({ config, sessions, cluster, media }: HealthParts): Problem | undefined {
  if (sessions.draining) return refusalProblem('draining');
  if (cluster?.connected === false) return BUS_AWAY;
  const problem = config.bus.roles.includes('ingest') ? sessions.refusalProblem : undefined;
  return problem ?? (media?.workers.length === 0 ? MEDIA_STARTING : undefined);
}

/** Readiness itself needs no token, so that a load balancer can ask; details need the grant `metrics` or `watch`. */
async function seesDetails(context: Context, guard: Guard): Promise<boolean> {
  if (guard.enabled && guard.tokenOf(context) === undefined) return false;
  const identity = await guard.identify(context);
  return hasGrant(identity, 'metrics') || hasGrant(identity, 'watch');
}
