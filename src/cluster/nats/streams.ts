import { AckPolicy, DiscardPolicy, RetentionPolicy, StorageType } from '@nats-io/jetstream';
import type { Nats } from './connection.js';

/** Kinds of job; each has a queue of its own. */
export const QUEUES = ['flow', 'llm'] as const;
export type QueueName = (typeof QUEUES)[number];

/** Nanoseconds, as NATS counts. */
const nanos = (ms: number): number => ms * 1e6;

/** Milliseconds in which a message that is sent again is known again. */
const REPEATS = 120_000;

/** Milliseconds that a job may lie in the queue: as long as an annotation waits for flow and text (20 s). */
export const JOB_AGE = 20_000;

/** Milliseconds without a word from a worker after which a job is given to another one. */
export const ACK_WAIT = 4000;

/** Jobs of one queue that may be with workers; beyond it nothing is handed out, in silence. */
export const MOST_UNACKED = 1000;

/** Bytes of each queue; beyond them the oldest go. */
export const MOST_BYTES = 256 * 2 ** 20;

/** Name of the consumer that all workers of a queue share. */
export const WORKERS = 'workers';

/** Name of the consumer that the store reads events by. */
export const STORE = 'store';

/**
 * Makes sure that the streams are there, as they should be: at the start, and again whenever the server comes back, since it keeps
 * queues and pictures in memory only (crops of faces never lie on its disk).
 *
 *     EVENTS  <prefix>.session.<id>.begin | .events   file     `keepHours`, `keepBytes`, `sessionMessages` each; told again as <prefix>.told.<id> once they are kept
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
    // One session that says very much loses its own oldest events first; what the store has read is safe there.
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

/** Streams of the same name that differ are brought up to date: a release may change their bounds. */
async function upsert({ jsm }: Nats, config: StreamConfig): Promise<void> {
  try {
    await jsm.streams.add(config);
  } catch (error) {
    // 10058: the name is taken by a stream with other settings.
    if ((error as { code?: unknown }).code !== 10058) throw error;
    const fixed = ['name', 'storage', 'retention'];
    await jsm.streams.update(config.name, Object.fromEntries(Object.entries(config).filter(([key]) => !fixed.includes(key))));
  }
}
