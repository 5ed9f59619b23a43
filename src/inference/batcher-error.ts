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
export class BatchError extends Error {
  override readonly name = 'BatchError';
  readonly code: BatchErrorCode;
  /** Milliseconds after which trying again may help; absent where it can't. */
  readonly retryAfter: number | undefined;

  constructor(code: BatchErrorCode, message: string, options: { cause?: unknown; retryAfter?: number } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.retryAfter = options.retryAfter;
  }
}
