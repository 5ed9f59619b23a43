import { DiscardPolicy, RetentionPolicy, StorageType } from '@nats-io/jetstream';
import type { Nats } from './connection.js';
import { ensureJobQueues } from './jobs/job-queues.js';
import { nanos, upsertStream } from './upsert-stream.js';

/** Milliseconds within which duplicates of a message are detected. */
const REPEATS = 120_000;

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
  const { replicas: num_replicas, keepHours, keepBytes, sessionMessages, imageBytes } = nats.options;
  await upsertStream(nats, {
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
  await upsertStream(nats, {
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
  await ensureJobQueues(nats);
}
