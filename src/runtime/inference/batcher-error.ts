import { RetryableError } from '../../common/retryable-error.js';

/**
 * Why a job was not run.
 * - `batch_expired`: it waited longer than its deadline.
 * - `batch_overflow`: the queue, or its session's part of it, was full and this was the oldest there.
 * - `batch_cancelled`: its session ended.
 * - `batch_closed`: the batcher was closed.
 * - `batch_failed`: the run that it was in failed; `cause` says how.
 */
export type BatchErrorCode = 'batch_expired' | 'batch_overflow' | 'batch_cancelled' | 'batch_closed' | 'batch_failed';

/** A job that the batcher could not answer. */
export class BatchError extends RetryableError<BatchErrorCode> {
  override readonly name = 'BatchError';
}
