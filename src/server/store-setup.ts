import { resolve } from 'node:path';
import type { Config } from '../config/mod.js';
import { MemoryStore, Retention, openStore, type DurableStore, type SessionOrigin, type Store } from '../store/mod.js';
import type { Logger, Metrics } from '../telemetry/mod.js';

/** Milliseconds between updates of the store's gauges. */
const GAUGE_INTERVAL_MS = 60_000;

export interface StoreSetupOptions {
  readonly metrics: Metrics;
  readonly log: Logger;
  /** A session was forgotten or erased. */
  readonly onForget: (session: string) => void;
  /** Erases what others, e.g. NATS, hold of a session, before the store deletes it. Default: nothing. */
  readonly beforeDelete?: ((session: string) => Promise<unknown>) | undefined;
  /** Other processes run the sessions. Default false. */
  readonly shared?: boolean;
  /** The store fails (`store_…`), or works again (`store_recovered`). */
  readonly onChange: (code: string, message: string) => void;
}

export interface OpenedStore {
  readonly store: Store;
  close(): Promise<void>;
}

/**
 * Opens the configured store: the database of `store.url`, one in the folder `store.path`, or, without either, in memory. Old sessions
 * are erased from it, and its state is measured.
 *
 * @throws StoreError
 */
export async function startStore({ store: settings, limits }: Config, options: StoreSetupOptions): Promise<OpenedStore> {
  const { metrics, log, shared = false, onForget, beforeDelete } = options;
  const location = settings.url ?? (settings.path === undefined ? undefined : resolve(settings.path));
  if (!settings.enabled || location === undefined) return { store: new MemoryStore({ onForget }), close: () => Promise.resolve() };
  const store = await openStore(location, {
    keepImages: settings.keep_images,
    sessionBytes: limits.session_megabytes * 2 ** 20,
    shared,
    onForget,
    beforeDelete,
    ...reporting(options),
  });
  metrics.storeUp.set(1);
  metrics.storeErasureHeld.set(0);
  const retention = startRetention(store, settings, metrics, log);
  const measure = async (): Promise<void> => {
    metrics.storeBytes.set(await store.backend.size());
    metrics.storeWaiting.set(store.health().waiting);
    metrics.storeLost.set(store.health().lost);
  };
  const timer = setInterval(() => void measure().catch(() => undefined), GAUGE_INTERVAL_MS);
  timer.unref();
  void retention
    .tidy()
    .then(measure)
    .catch(() => undefined);
  return {
    store,
    close: async () => {
      clearInterval(timer);
      await retention.close();
      await store.close();
      const { lost, waiting } = store.health();
      if (lost + waiting > 0) log.error({ lost, waiting }, 'findings lost: the store could not write them before it closed');
    },
  };
}

/** Reports the store's health to metrics, log and viewers. */
function reporting({ metrics, log, onChange }: StoreSetupOptions): Parameters<typeof openStore>[1] {
  return {
    onFault: (error) => {
      metrics.storeUp.set(0);
      log.error({ err: error }, 'store unavailable: findings are not persisted');
      onChange(error.code, `store unavailable: findings are not persisted; the session continues: ${error.message}`.slice(0, 1024));
    },
    onRecovered: () => {
      metrics.storeUp.set(1);
      log.info('store recovered: queued findings are written');
      onChange('store_recovered', 'store recovered: findings are persisted again');
    },
    onCrash: (error) => {
      metrics.workerRestarts.inc({ worker: 'store' });
      log.error({ err: error }, 'store thread crashed; restarting it');
    },
    onCommit: (ms) => {
      metrics.storeCommit.observe(ms / 1000);
    },
  };
}

function startRetention(store: DurableStore, settings: Config['store'], metrics: Metrics, log: Logger): Retention {
  return new Retention(store, {
    days: settings.keep_days,
    bytes: settings.max_megabytes * 2 ** 20,
    onHeld: (held, sessions) => {
      metrics.storeErasureHeld.set(held ? 1 : 0);
      if (held)
        log.error(
          { sessions },
          'system clock jumped ahead: expired sessions are not erased until it has been stable for 24 hours; check the clock',
        );
      else log.info('system clock trusted again: expired sessions are erased');
    },
    onErased: (sessions) => {
      log.info({ sessions }, 'expired sessions erased');
    },
    onFailure: (error) => {
      log.warn({ err: error }, 'expired sessions could not be erased; retrying');
    },
  });
}

/** The models and settings that sessions are analysed with; addresses and keys are left out. */
export function originOf({ spotting, flow, llm, vision, consent }: Config, models: readonly string[], version: string): SessionOrigin {
  const settings: Record<string, string | number | boolean | null> = {
    'vision.max_faces': vision.max_faces,
    'flow.enabled': flow.enabled,
    'consent.purpose': consent.purpose ?? null,
    'llm.emotion': llm.emotion,
    'llm.dialect': llm.dialect,
    'llm.prompt': llm.prompt,
    'llm.model': llm.url === undefined ? 'embedded' : (llm.model ?? "an endpoint's own"),
  };
  // The calibration stands among the models, by its hash: its path says nothing.
  for (const [name, value] of Object.entries(spotting))
    if (name !== 'calibration' && value !== undefined) settings[`spotting.${name}`] = value;
  return { version, models, settings };
}
