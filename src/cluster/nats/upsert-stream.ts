import { setTimeout } from 'node:timers/promises';
import type { Nats } from './connection.js';

/** Nanoseconds, as NATS counts. */
export const nanos = (ms: number): number => ms * 1e6;

type StreamConfig = Parameters<Nats['jsm']['streams']['add']>[0];

/** NATS error code: a stream of this name exists with other settings. */
const OTHER_SETTINGS = 10058;
/** NATS error code: another stream has these subjects. */
const SUBJECTS_OVERLAP = 10065;
/** Delays before each retry, ms: while another process creates the same stream, the server may report an overlap. */
const RETRY_AFTER = [50, 200, 500] as const;

/** Updates an existing stream that differs: a release may change its limits. */
export async function upsertStream({ jsm }: Pick<Nats, 'jsm'>, config: StreamConfig): Promise<void> {
  try {
    await add(jsm, config);
  } catch (error) {
    if (codeOf(error) !== OTHER_SETTINGS) throw error;
    const fixed = ['name', 'storage', 'retention'];
    await jsm.streams.update(config.name, Object.fromEntries(Object.entries(config).filter(([key]) => !fixed.includes(key))));
  }
}

async function add(jsm: Nats['jsm'], config: StreamConfig): Promise<void> {
  for (const wait of RETRY_AFTER) {
    try {
      await jsm.streams.add(config);
      return;
    } catch (error) {
      if (codeOf(error) !== SUBJECTS_OVERLAP) throw error;
      await setTimeout(wait);
    }
  }
  await jsm.streams.add(config);
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code;
}
