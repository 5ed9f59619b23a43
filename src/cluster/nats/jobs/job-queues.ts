import { AckPolicy, DiscardPolicy, RetentionPolicy, StorageType } from '@nats-io/jetstream';
import type { Nats } from '../connection.js';
import { nanos, upsertStream } from '../upsert-stream.js';

/** Kinds of job; each has a queue of its own. */
export const QUEUES = ['flow', 'llm'] as const;
export type QueueName = (typeof QUEUES)[number];

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

/**
 * Creates or updates the queues. A job is redelivered, to any worker, until it is acknowledged or expires: `ACK_WAIT` after the last sign
 * of life of its worker, or at once where that gives it back (`Claim.giveBack`).
 */
export async function ensureJobQueues(nats: Nats): Promise<void> {
  for (const queue of QUEUES) {
    await upsertStream(nats, {
      name: nats.stream(queue.toUpperCase()),
      subjects: [nats.subject('job', queue)],
      storage: StorageType.Memory,
      retention: RetentionPolicy.Workqueue,
      max_age: nanos(JOB_AGE),
      duplicate_window: nanos(JOB_AGE),
      max_bytes: MOST_BYTES,
      discard: DiscardPolicy.Old,
      num_replicas: nats.options.replicas,
    });
    await nats.jsm.consumers.add(nats.stream(queue.toUpperCase()), {
      durable_name: WORKERS,
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(ACK_WAIT),
      max_ack_pending: MOST_UNACKED,
      max_deliver: -1,
    });
  }
}
