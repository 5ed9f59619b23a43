/** A failure with a stable `code`, which says whether waiting can help. */
export abstract class RetryableError<Code extends string = string> extends Error {
  readonly code: Code;
  /** Milliseconds after which the same may succeed; absent where waiting does not help. */
  readonly retryAfter: number | undefined;

  constructor(code: Code, message: string, options: { readonly cause?: unknown; readonly retryAfter?: number | undefined } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.retryAfter = options.retryAfter;
  }
}
