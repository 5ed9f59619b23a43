import { packageVersion, type Config } from '../../config/mod.js';
import { descriptionTimeout } from '../../llm/mod.js';
import type { Analysis } from '../../pipeline/mod.js';
import type { Logger, Metrics, Tracing } from '../../telemetry/mod.js';
import type { EventInfrastructure } from '../event-infrastructure.js';
import type { LoadWatch } from '../health/load-watch.js';
import { originOf } from '../store-setup.js';
import type { SessionRegistry } from './session-registry.js';
import { Sessions } from './sessions.js';

/** Milliseconds beyond the time-out of a description within which an alert of live video closes. */
const CLOSE_MARGIN_MS = 2000;

export interface SessionsParts {
  readonly registry: SessionRegistry;
  readonly infrastructure: Pick<EventInfrastructure, 'bus' | 'store'>;
  readonly analysis: Analysis;
  readonly metrics: Metrics;
  readonly tracing: Tracing | undefined;
  readonly load: LoadWatch | undefined;
  readonly log: Logger;
}

/** The sessions of a process, limited by its settings; one without the role `ingest` takes none. */
export function createSessions(config: Config, parts: SessionsParts): Sessions {
  const { registry, infrastructure, analysis, metrics, tracing, load, log } = parts;
  const maxSessions = config.bus.roles.includes('ingest') ? config.server.max_sessions : 0;
  metrics.sessionsLimit.set(maxSessions);
  return new Sessions({
    registry,
    bus: infrastructure.bus,
    store: infrastructure.store,
    metrics,
    maxSessions,
    maxBytes: config.limits.session_megabytes * 2 ** 20,
    keepSeries: config.store.keep_series,
    spotting: analysis.spotting,
    madeWith: originOf(config, analysis.loaded, packageVersion()),
    onEnded: (session) => {
      analysis.forget(session);
    },
    overload: () => load?.refusing,
    services: {
      ...analysis.stages,
      metrics,
      tracing,
      alertTimeoutMs: descriptionTimeout(config) + CLOSE_MARGIN_MS,
      onAnalyzed: (ms, kind) => {
        if (kind === 'live') load?.waited(ms);
      },
      onFailure: (session, stage, error, left) => {
        log.warn({ session, stage, ...left, err: error }, 'stage failed');
      },
    },
  });
}
