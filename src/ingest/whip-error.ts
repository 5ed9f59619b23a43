/** Why a WHIP request can't be served. Stable: clients and tests rely on it. */
export type WhipErrorCode =
  | 'bad_sdp'
  | 'no_video'
  | 'codec_not_supported'
  | 'bad_fragment'
  | 'etag_missing'
  | 'etag_mismatch'
  | 'session_over'
  | 'too_many_restarts'
  | 'too_many'
  | 'ice_failed';

/** Status codes as RFC 9725 sections 4.2 and 4.3 and RFC 9110 give them. */
const STATUS: Readonly<Record<WhipErrorCode, number>> = {
  bad_sdp: 400,
  no_video: 422,
  codec_not_supported: 406,
  bad_fragment: 400,
  etag_missing: 428,
  etag_mismatch: 412,
  session_over: 404,
  too_many_restarts: 429,
  too_many: 503,
  ice_failed: 500,
};

/** A WHIP request that was refused; `message` says the cause and what to do about it. */
export class WhipError extends Error {
  override readonly name = 'WhipError';
  readonly code: WhipErrorCode;
  /** The HTTP status that the answer should carry. */
  readonly status: number;
  /** Milliseconds after which trying again may help; absent where it can't. */
  readonly retryAfter: number | undefined;

  constructor(code: WhipErrorCode, message: string, options: { cause?: unknown; retryAfter?: number } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.status = STATUS[code];
    this.retryAfter = options.retryAfter;
  }

  /** Makes the error again from what crossed a thread. Undefined when `code` isn't one of ours. */
  static from(code: string, message: string, cause: unknown): WhipError | undefined {
    return Object.hasOwn(STATUS, code) ? new WhipError(code as WhipErrorCode, message, { cause }) : undefined;
  }
}
