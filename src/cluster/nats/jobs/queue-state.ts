import type { Nats } from '../connection.js';
import { MOST_UNACKED, WORKERS, type QueueName } from './job-queues.js';

/** State of a queue, as reported by the server. */
export interface QueueState {
  /** Queued jobs. */
  readonly pending: number;
  /** Delivered jobs that are not acknowledged. */
  readonly unacked: number;
  /** Of these, those delivered more than once. */
  readonly redelivered: number;
  /** `unacked` at which delivery stops. */
  readonly limit: number;
}

export async function queueState(nats: Nats, queue: QueueName): Promise<QueueState> {
  const info = await nats.jsm.consumers.info(nats.stream(queue.toUpperCase()), WORKERS);
  return {
    pending: info.num_pending,
    unacked: info.num_ack_pending,
    redelivered: info.num_redelivered,
    limit: info.config.max_ack_pending ?? MOST_UNACKED,
  };
}
