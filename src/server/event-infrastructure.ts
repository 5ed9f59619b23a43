import { InProcessBus, type EventBus } from '../events/bus/mod.js';
import type * as ClusterModule from '../cluster/mod.js';
import type { Config } from '../config/mod.js';
import type { Store } from '../store/mod.js';
import type { Logger, Metrics } from '../telemetry/mod.js';
import { startStore } from './store-setup.js';
import { setFalseAlarms, type FalseAlarmsSet } from './http/session-settings.js';
import type { Sessions } from './sessions/sessions.js';

/** What carries events and keeps what is found: all in this process, or across the processes of an installation. */
export interface EventInfrastructure {
  readonly bus: EventBus;
  readonly store: Store;
  /** Where there are other processes. */
  readonly cluster: ClusterModule.Cluster | undefined;
  close(): Promise<void>;
}

/** @param sessions this process' own, once they are there */
export async function startEventInfrastructure(
  config: Config,
  metrics: Metrics,
  log: Logger,
  sessions: () => Sessions,
): Promise<EventInfrastructure> {
  if (config.bus.url !== undefined) return startCluster(config, metrics, log, sessions);
  const keeping = await startStore(config, {
    metrics,
    log,
    onForget: (session) => {
      bus.forget(session);
    },
    onChange: (code, message) => {
      sessions().tell(code, message);
    },
  });
  const { store } = keeping;
  const bus = new InProcessBus({
    commit: (event) => store.append(event),
    ...(store.durable ? { archive: (session, since, limit) => store.events(session, since, limit) } : {}),
    onListenerError: (error) => {
      log.error({ err: error }, 'a listener failed');
    },
  });
  return { bus, store, cluster: undefined, close: () => keeping.close() };
}

/** NATS' client is loaded here, and nowhere else. */
async function startCluster(config: Config, metrics: Metrics, log: Logger, sessions: () => Sessions): Promise<EventInfrastructure> {
  const { Cluster }: typeof ClusterModule = await import('../cluster/mod.js');
  const cluster = await Cluster.join({
    config,
    metrics,
    log,
    openStore: (hooks) => startStore(config, { metrics, log, shared: true, ...hooks, onChange: () => undefined }),
    onFenced: (session) => {
      log.error({ session }, 'this session was ended by another process, since this one was cut off; its publisher should connect anew');
      sessions().get(session)?.running.close('failed');
    },
    own: () => sessions().ids,
    handle: async (session, order): Promise<true | FalseAlarmsSet | undefined> => {
      const live = sessions().get(session);
      if (!live) return undefined;
      if (order.do === 'false_alarms') return setFalseAlarms(sessions(), live, order.per_minute);
      live.running.close('deleted');
      await live.running.ended;
      return true;
    },
  });
  return { bus: cluster.bus, store: cluster.store, cluster, close: () => cluster.close() };
}
