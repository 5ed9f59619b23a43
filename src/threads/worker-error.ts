/** A failure that happened in a worker thread, or of the thread itself. */
export class WorkerError extends Error {
  override readonly name = 'WorkerError';
  /** Stable: `worker_died`, `worker_hung`, `worker_timeout`, `worker_closed`, or the code of the error thrown inside. */
  readonly code: string;
  /** Milliseconds after which trying again may help; absent where it can't. */
  readonly retryAfter: number | undefined;

  constructor(code: string, message: string, options: { cause?: unknown; retryAfter?: number } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.retryAfter = options.retryAfter;
  }
}
