import { AckPolicy, DiscardPolicy, RetentionPolicy, StorageType } from '@nats-io/jetstream';
import type { Nats } from './connection.js';

/** Kinds of job; each has a queue of its own. */
export const QUEUES = ['flow', 'llm'] as const;
export type QueueName = (typeof QUEUES)[number];

/** Nanoseconds, as NATS counts. */
const nanos = (ms: number): number => ms * 1e6;

/** Milliseconds within which duplicates of a message are detected. */
const REPEATS = 120_000;

/** Milliseconds until a queued job expires: as long as an annotation waits for flow and text (20 s). */
export const JOB_AGE = 20_000;

/** Milliseconds without a sign of life from its worker after which a job is redelivered. */
export const ACK_WAIT = 4000;

/** Unacknowledged jobs per queue; beyond, the server silently delivers no more. */
export const MOST_UNACKED = 1000;

/** Bytes per queue; beyond, the oldest jobs are dropped. */
export const MOST_BYTES = 256 * 2 ** 20;

/** Name of the consumer that all workers of a queue share. */
export const WORKERS = 'workers';

/** Name of the consumer that the store reads events by. */
export const STORE = 'store';

/**
 * Creates or updates the streams: at the start, and after every reconnect, since the server holds queues and images in memory only (crops
 * of faces are never on its disk).
 *
 *     EVENTS  <prefix>.session.<id>.begin | .events   file     `keepHours`, `keepBytes`, `sessionMessages` each; republished as <prefix>.told.<id> once stored
 *     FLOW    <prefix>.job.flow                       memory   work queue
 *     LLM     <prefix>.job.llm                        memory   work queue
 *     IMAGES  <prefix>.image.<session>.<id>.<name>    memory   one hour, `imageBytes`
 */
export async function ensureStreams(nats: Nats): Promise<void> {
  const {
    jsm,
    options: { replicas: num_replicas, keepHours, keepBytes, sessionMessages, imageBytes },
  } = nats;
  await upsert(nats, {
    name: nats.stream('EVENTS'),
    subjects: [nats.subject('session', '*', 'begin'), nats.subject('session', '*', 'events')],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    max_age: nanos(keepHours * 3_600_000),
    duplicate_window: nanos(REPEATS),
    // A very active session loses its own oldest events first; the store has read them already.
    max_bytes: keepBytes,
    max_msgs_per_subject: sessionMessages,
    discard: DiscardPolicy.Old,
    allow_direct: true,
    num_replicas,
    republish: { src: nats.subject('session', '*', 'events'), dest: nats.subject('told', '{{wildcard(1)}}') },
  });
  await upsert(nats, {
    name: nats.stream('IMAGES'),
    subjects: [nats.subject('image', '*', '*', '*')],
    storage: StorageType.Memory,
    retention: RetentionPolicy.Limits,
    max_age: nanos(3_600_000),
    max_bytes: imageBytes,
    max_msgs_per_subject: 1,
    discard: DiscardPolicy.Old,
    allow_direct: true,
    num_replicas,
  });
  for (const queue of QUEUES) {
    await upsert(nats, {
      name: nats.stream(queue.toUpperCase()),
      subjects: [nats.subject('job', queue)],
      storage: StorageType.Memory,
      retention: RetentionPolicy.Workqueue,
      max_age: nanos(JOB_AGE),
      duplicate_window: nanos(JOB_AGE),
      max_bytes: MOST_BYTES,
      discard: DiscardPolicy.Old,
      num_replicas,
    });
    await jsm.consumers.add(nats.stream(queue.toUpperCase()), {
      durable_name: WORKERS,
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(ACK_WAIT),
      max_ack_pending: MOST_UNACKED,
      max_deliver: -1,
    });
  }
}

type StreamConfig = Parameters<Nats['jsm']['streams']['add']>[0];

/** Updates an existing stream that differs: a release may change its limits. */
async function upsert({ jsm }: Nats, config: StreamConfig): Promise<void> {
  try {
    await jsm.streams.add(config);
  } catch (error) {
    // 10058: a stream of this name exists with other settings.
    if ((error as { code?: unknown }).code !== 10058) throw error;
    const fixed = ['name', 'storage', 'retention'];
    await jsm.streams.update(config.name, Object.fromEntries(Object.entries(config).filter(([key]) => !fixed.includes(key))));
  }
}
