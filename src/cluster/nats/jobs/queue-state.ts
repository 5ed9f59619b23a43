import type { Nats } from '../connection.js';
import { MOST_UNACKED, WORKERS, type QueueName } from '../streams.js';

/** How a queue stands, as the server tells it. */
export interface QueueState {
  /** Jobs that wait. */
  readonly pending: number;
  /** Jobs with workers. */
  readonly unacked: number;
  /** Of these, handed out more than once. */
  readonly redelivered: number;
  /** `unacked` at which nothing more is handed out. */
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
