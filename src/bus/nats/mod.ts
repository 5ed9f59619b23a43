/** The bus across machines, on NATS JetStream. Loaded only where `bus.url` is set. */
export { Nats, withoutSecrets, type NatsOptions } from './connection.js';
export { ensureStreams, ACK_WAIT, JOB_AGE, MOST_UNACKED, QUEUES, STORE, WORKERS, type QueueName } from './streams.js';
export { NatsBus, type NatsBusOptions } from './nats-bus.js';
export { EventReader } from './event-reader.js';
export { decodeBegin, decodeEvents, encodeEvents, type BeginMessage } from './wire.js';
export { decodeFrame, encodeFrame, type Frame } from './frame.js';
