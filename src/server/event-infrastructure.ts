import type { Marker } from '../events/mod.js';
import type { MarkerRefusal } from './sessions/session-markers.js';
import { InProcessBus, type EventBus } from '../events/bus/mod.js';
import type * as ClusterModule from '../cluster/mod.js';
import type { Config } from '../config/mod.js';
import type { Store } from '../store/mod.js';
import type { Logger, Metrics } from '../telemetry/mod.js';
import { startStore } from './store-setup.js';
import { setFalseAlarms, type FalseAlarmsSet } from './http/session-settings.js';
import type { SessionRegistry } from './sessions/session-registry.js';

/** Carries events and stores findings: in this process alone, or across the processes of an installation. */
export interface EventInfrastructure {
  readonly bus: EventBus;
  readonly store: Store;
  /** Undefined where this is the only process. */
  readonly cluster: ClusterModule.Cluster | undefined;
  close(): Promise<void>;
}

export async function startEventInfrastructure(
  config: Config,
  metrics: Metrics,
  log: Logger,
  sessions: SessionRegistry,
): Promise<EventInfrastructure> {
  if (config.bus.url !== undefined) return startCluster(config, metrics, log, sessions);
  const opened = await startStore(config, {
    metrics,
    log,
    onForget: (session) => {
      bus.forget(session);
    },
    onChange: (code, message) => {
      sessions.tell(code, message);
    },
  });
  const { store } = opened;
  const bus = new InProcessBus({
    commit: (event) => store.append(event),
    ...(store.durable ? { archive: (session, since, limit) => store.events(session, since, limit) } : {}),
    onListenerError: (error) => {
      log.error({ err: error }, 'event listener failed');
    },
  });
  return { bus, store, cluster: undefined, close: () => opened.close() };
}

/** Loads the NATS client, which a single process does without. */
async function startCluster(config: Config, metrics: Metrics, log: Logger, sessions: SessionRegistry): Promise<EventInfrastructure> {
  const { Cluster }: typeof ClusterModule = await import('../cluster/mod.js');
  const adjustable = config.spotting.method === 'learned';
  const cluster = await Cluster.join({
    config,
    metrics,
    log,
    openStore: (hooks) => startStore(config, { metrics, log, shared: true, ...hooks, onChange: () => undefined }),
    onFenced: (session) => {
      log.error({ session }, 'session ended by another process while this one was disconnected from NATS; its publisher should reconnect');
      sessions.get(session)?.running.close('failed');
    },
    own: () => sessions.ids,
    handle: async (id, command): Promise<true | FalseAlarmsSet | Marker | MarkerRefusal | undefined> => {
      const session = sessions.get(id);
      if (!session) return undefined;
      if (command.do === 'false_alarms') return setFalseAlarms(session, command.per_minute, adjustable);
      if (command.do === 'mark') return session.markers.add(command.marker, command.arrived);
      session.running.close('deleted');
      await session.running.ended;
      return true;
    },
  });
  return { bus: cluster.bus, store: cluster.store, cluster, close: () => cluster.close() };
}
