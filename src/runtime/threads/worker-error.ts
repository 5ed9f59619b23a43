import { RetryableError } from '../../common/retryable-error.js';

/**
 * A failure that happened in a worker, or of its thread or process: `worker_died`, `worker_hung`, `worker_timeout`, `worker_closed`, or
 * the code of the error thrown inside.
 */
export class WorkerError extends RetryableError {
  override readonly name = 'WorkerError';
}
