import type { EventBus } from '../../events/bus/mod.js';
import type { DurableEvent } from '../../events/mod.js';
import type { SessionRegistry } from './session-registry.js';

/**
 * Calls back with the durable events of this process's own sessions and their names: with several processes, each passes on what its own
 * sessions find. Returns how to stop.
 */
export function onOwnEvents(
  bus: Pick<EventBus, 'subscribe'>,
  registry: Pick<SessionRegistry, 'get'>,
  listener: (event: DurableEvent, name: string) => void,
): () => void {
  /** Names of this process's live sessions. */
  const names = new Map<string, string>();
  return bus.subscribe(
    undefined,
    (event) => {
      if (!('seq' in event)) return;
      if (event.type === 'session.started' && registry.get(event.session)) names.set(event.session, event.name);
      const name = names.get(event.session);
      if (name === undefined) return;
      if (event.type === 'session.ended') names.delete(event.session);
      listener(event, name);
    },
    'durable',
  );
}
