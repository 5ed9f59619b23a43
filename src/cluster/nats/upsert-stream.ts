import type { Nats } from './connection.js';

/** Nanoseconds, as NATS counts. */
export const nanos = (ms: number): number => ms * 1e6;

type StreamConfig = Parameters<Nats['jsm']['streams']['add']>[0];

/** Updates an existing stream that differs: a release may change its limits. */
export async function upsertStream({ jsm }: Nats, config: StreamConfig): Promise<void> {
  try {
    await jsm.streams.add(config);
  } catch (error) {
    // 10058: a stream of this name exists with other settings.
    if ((error as { code?: unknown }).code !== 10058) throw error;
    const fixed = ['name', 'storage', 'retention'];
    await jsm.streams.update(config.name, Object.fromEntries(Object.entries(config).filter(([key]) => !fixed.includes(key))));
  }
}
