import type { Config } from '../../config/mod.js';
import type { EventBus } from '../../events/bus/mod.js';
import { LogThrottle, type Logger, type Metrics } from '../../telemetry/mod.js';
import { onOwnEvents } from '../sessions/own-events.js';
import type { SessionRegistry } from '../sessions/session-registry.js';
import { wants } from '../sessions/wants.js';
import { Webhook } from './webhook.js';

/** Milliseconds between two log lines on one receiver. */
const LOG_INTERVAL_MS = 60_000;

export interface WebhooksOptions {
  readonly bus: Pick<EventBus, 'subscribe'>;
  readonly metrics: Pick<Metrics, 'webhookDeliveries'>;
  readonly log: Pick<Logger, 'warn'>;
  readonly registry: Pick<SessionRegistry, 'get'>;
}

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
  const leave = onOwnEvents(bus, registry, (event, name) => {
    const body = JSON.stringify(event);
    for (const { target, hook } of hooks) if (wants(target, event, name)) hook.send(`${event.session}.${String(event.seq)}`, body);
  });
  return {
    close: () => {
      leave();
      for (const { hook } of hooks) hook.close();
      return Promise.resolve();
    },
  };
}
