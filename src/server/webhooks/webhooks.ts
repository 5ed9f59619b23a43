import type { Config } from '../../config/mod.js';
import type { DurableEvent } from '../../events/mod.js';
import type { EventBus } from '../../events/bus/mod.js';
import { LogThrottle, type Logger, type Metrics } from '../../telemetry/mod.js';
import type { SessionRegistry } from '../sessions/session-registry.js';
import { Webhook } from './webhook.js';

/** Milliseconds between two log lines on one receiver. */
const LOG_INTERVAL_MS = 60_000;

export interface WebhooksOptions {
  readonly bus: Pick<EventBus, 'subscribe'>;
  readonly metrics: Pick<Metrics, 'webhookDeliveries'>;
  readonly log: Pick<Logger, 'warn'>;
  /** Sessions of this process: with several processes, each sends what its own sessions find. */
  readonly registry: Pick<SessionRegistry, 'get'>;
}

type Target = Config['webhooks']['targets'][number];

/** Sends findings to the receivers in the settings. */
export function startWebhooks(settings: Config['webhooks'], { bus, metrics, log, registry }: WebhooksOptions): { close(): Promise<void> } {
  if (settings.targets.length === 0) return { close: () => Promise.resolve() };
  const throttle = new LogThrottle(LOG_INTERVAL_MS);
  const hooks = settings.targets.map((target) => ({
    target,
    hook: new Webhook({
      url: target.url,
      secret: target.secret,
      allowPrivate: settings.allow_private,
      queue: settings.queue,
      retryFor: settings.retry_minutes * 60_000,
      onResult: (result, reason) => {
        metrics.webhookDeliveries.inc({ result });
        const { host } = new URL(target.url);
        if (reason !== undefined && throttle.pass(host) !== undefined)
          log.warn({ receiver: host, result, reason }, 'webhook not delivered');
      },
    }),
  }));
  /** Names of this process's live sessions. */
  const names = new Map<string, string>();
  const leave = bus.subscribe(
    undefined,
    (event) => {
      if (!('seq' in event)) return;
      if (event.type === 'session.started' && registry.get(event.session)) names.set(event.session, event.name);
      const name = names.get(event.session);
      if (name === undefined) return;
      const body = JSON.stringify(event);
      for (const { target, hook } of hooks) if (wants(target, event, name)) hook.send(`${event.session}.${String(event.seq)}`, body);
      if (event.type === 'session.ended') names.delete(event.session);
    },
    'durable',
  );
  return {
    close: () => {
      leave();
      for (const { hook } of hooks) hook.close();
      return Promise.resolve();
    },
  };
}

/** Whether a receiver is to get an event of a session with this name. */
export function wants({ session, events, kinds, min_score }: Target, event: DurableEvent, name: string): boolean {
  if (session !== undefined && session !== name) return false;
  if (!events.some((type) => type === event.type)) return false;
  if (event.type !== 'annotation.closed') return true;
  const { kind, score, withdrawn } = event.annotation;
  return withdrawn === undefined && kinds.includes(kind) && score >= min_score;
}
