import type { Annotation } from '../events/schema.js';
import { AlertLifecycle } from './alert/alert-lifecycle.js';
import type { AlertTraces } from './alert/alert-traces.js';
import type { AlertStages } from './alert/alert-stages.js';
import type { SessionServices } from './session-services.js';
import type { SessionStats } from './session-stats.js';
import type { StageHealth } from './stage-health.js';

interface SessionAlertsOptions {
  readonly session: string;
  /** The source is a recording, whose alerts take as long as they need. */
  readonly lossless: boolean;
  readonly services: SessionServices;
  readonly crops: AlertStages['crops'];
  readonly stats: SessionStats;
  readonly health: StageHealth;
  readonly traces: AlertTraces | undefined;
}

/** The alerts of one session, counted and with the health of their stages reported. */
export function sessionAlerts({ session, lossless, services, crops, stats, health, traces }: SessionAlertsOptions): AlertLifecycle {
  const { metrics, measure, describe, storeImages, publish, admitsAlert, alertTimeoutMs } = services;
  return new AlertLifecycle({
    session,
    lossless,
    publish,
    admitsAlert,
    timeoutMs: alertTimeoutMs,
    stages: { crops, measure, describe, storeImages },
    now: () => stats.lastT,
    receivedAt: (t) => stats.receivedAt(t),
    trace: traces && ((annotation, window) => traces.open(annotation, window)),
    onClosed: ({ withdrawn, kind, emotion }: Annotation) => {
      if (withdrawn !== undefined) return;
      stats[kind]++;
      metrics.annotationsTotal.inc({ kind, emotion: emotion?.label ?? 'none' });
    },
    report: {
      opened: (latency) => {
        if (latency !== undefined) metrics.alertLatency.observe(latency / 1000);
      },
      worked: (stage, ms) => {
        metrics.stage(stage, ms);
        health.worked(stage);
      },
      failed: (stage, error) => {
        if (stage === 'store') services.onFailure(session, stage, error);
        else health.failed(stage, error);
      },
    },
  });
}
