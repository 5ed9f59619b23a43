import { resolve } from 'node:path';
import type { Config } from '../config/mod.js';
import { MemoryStore, Retention, openStore, type SessionOrigin, type Store } from '../store/mod.js';
import type { Logger, Metrics } from '../telemetry/mod.js';

/** Milliseconds between looks at how much is kept. */
const LOOK = 60_000;

/** What {@link startStore} tells. */
export interface KeepingOptions {
  readonly metrics: Metrics;
  readonly log: Logger;
  /** A session was forgotten or erased. */
  readonly onForget: (session: string) => void;
  /** Erases what others hold of a session. Default: nobody does. */
  readonly beforeDelete?: ((session: string) => Promise<unknown>) | undefined;
  /** The sessions are run by other processes. Default false. */
  readonly shared?: boolean;
  /** Keeping began to fail (`store_…`), or works again (`store_recovered`). */
  readonly onChange: (code: string, message: string) => void;
}

/** The store that the settings ask for, and what tidies and watches it. */
export interface Keeping {
  readonly store: Store;
  close(): Promise<void>;
}

/** Opens the store: the database of `store.url`, in the folder of `store.path`, or in memory where there is neither. @throws StoreError */
export async function startStore(
  { store: settings, limits }: Config,
  { metrics, log, shared = false, onForget, beforeDelete, onChange }: KeepingOptions,
): Promise<Keeping> {
  const place = settings.url ?? (settings.path === undefined ? undefined : resolve(settings.path));
  if (!settings.enabled || place === undefined) return { store: new MemoryStore({ onForget }), close: () => Promise.resolve() };
  const store = await openStore(place, {
    keepImages: settings.keep_images,
    sessionBytes: limits.session_megabytes * 2 ** 20,
    shared,
    onForget,
    beforeDelete,
    onFault: (error) => {
      metrics.storeUp.set(0);
      log.error({ err: error }, 'what is found is not being kept');
      onChange(error.code, `what is found is not being kept, and the session goes on: ${error.message}`.slice(0, 1024));
    },
    onRecovered: () => {
      metrics.storeUp.set(1);
      log.info('what is found is being kept again, and what waited is written');
      onChange('store_recovered', 'what is found is being kept again');
    },
    onCrash: (error) => {
      metrics.workerRestarts.inc({ worker: 'store' });
      log.error({ err: error }, "the store's thread failed and is started again");
    },
    onCommit: (ms) => {
      metrics.storeCommit.observe(ms / 1000);
    },
  });
  metrics.storeUp.set(1);
  metrics.storeErasureHeld.set(0);
  const retention = new Retention(store, {
    days: settings.keep_days,
    bytes: settings.max_megabytes * 2 ** 20,
    onHeld: (held, sessions) => {
      metrics.storeErasureHeld.set(held ? 1 : 0);
      if (held)
        log.error(
          { sessions },
          'the clock leapt ahead: sessions that are too old by it are not erased before it has stayed so for 24 hours; see that it is right',
        );
      else log.info('the clock is trusted again: sessions that are too old by it are erased');
    },
    onErased: (sessions) => {
      log.info({ sessions }, 'erased what was to be kept no longer');
    },
    onFailure: (error) => {
      log.warn({ err: error }, 'what is too old or too much could not be erased; it is tried again');
    },
  });
  const look = async (): Promise<void> => {
    metrics.storeBytes.set(await store.backend.size());
    metrics.storeWaiting.set(store.health().waiting);
    metrics.storeLost.set(store.health().lost);
  };
  const watch = setInterval(() => void look().catch(() => undefined), LOOK);
  watch.unref();
  void retention
    .tidy()
    .then(look)
    .catch(() => undefined);
  return {
    store,
    close: async () => {
      clearInterval(watch);
      await retention.close();
      await store.close();
      const { lost, waiting } = store.health();
      if (lost + waiting > 0) log.error({ lost, waiting }, 'some of what was found could not be kept');
    },
  };
}

/** What sessions are analysed with, without addresses and keys. */
export function originOf({ spotting, flow, llm, vision }: Config, models: readonly string[], version: string): SessionOrigin {
  const settings: Record<string, string | number | boolean | null> = {
    'vision.max_faces': vision.max_faces,
    'flow.enabled': flow.enabled,
    'llm.emotion': llm.emotion,
    'llm.dialect': llm.dialect,
    'llm.prompt': llm.prompt,
    'llm.model': llm.url === undefined ? 'embedded' : (llm.model ?? "an endpoint's own"),
  };
  for (const [name, value] of Object.entries(spotting)) settings[`spotting.${name}`] = value;
  return { version, models, settings };
}
