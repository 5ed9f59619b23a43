/** The bus across machines, on NATS JetStream. Loaded only if `bus.url` is set. */
export { Nats, withoutSecrets, type NatsOptions } from './connection.js';
export { ensureStreams, STORE } from './streams.js';
export { ACK_WAIT, JOB_AGE, MOST_UNACKED, QUEUES, WORKERS, type QueueName } from './jobs/job-queues.js';
export { NatsBus, type NatsBusOptions } from './nats-bus.js';
export { EventReader } from './event-reader.js';
export { decodeBegin, decodeEvents, encodeEvents, type BeginMessage } from './wire.js';
export { decodeFrame, encodeFrame, type Frame } from './frame.js';
export { JobClient, JobFailed, type JobRequest } from './jobs/job-client.js';
export { JobWorker, type JobWorkerOptions } from './jobs/job-worker.js';
export type { Claim } from './jobs/claim.js';
export { queueState, type QueueState } from './jobs/queue-state.js';
