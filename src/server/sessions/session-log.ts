import type { EventBus } from '../../events/bus/mod.js';
import type { Logger } from '../../telemetry/mod.js';

/** Logs the start, end, alert ids and faults of every session; nothing about the people in it. */
export function logSessions(bus: EventBus, log: Logger): () => void {
  return bus.subscribe(
    undefined,
    (event) => {
      const { session } = event;
      switch (event.type) {
        case 'session.started':
          log.info({ session, video: event.video }, 'session started');
          break;
        case 'session.ended':
          log.info({ session, reason: event.reason, totals: event.totals }, 'session ended');
          break;
        case 'annotation.closed': {
          const { id, kind, withdrawn, incomplete, latency_ms } = event.annotation;
          log.debug({ session, annotation: id, kind, withdrawn, incomplete, latency_ms }, 'annotation closed');
          break;
        }
        case 'error':
          log.warn({ session, code: event.code }, event.message);
          break;
        default:
          break;
      }
    },
    'durable',
  );
}
