/** Reasons of refusals. Stable: clients and tests rely on them. */
export type AuthErrorCode = 'token_missing' | 'token_malformed' | 'token_invalid' | 'token_expired' | 'grant_missing' | 'keys_unavailable';

/** RFC 6750 section 3.1: what the code means to a client that reads `WWW-Authenticate`. */
const CHALLENGE: Readonly<Record<AuthErrorCode, { readonly status: 400 | 401 | 403 | 503; readonly error?: string }>> = {
  token_missing: { status: 401 },
  token_malformed: { status: 400, error: 'invalid_request' },
  token_invalid: { status: 401, error: 'invalid_token' },
  token_expired: { status: 401, error: 'invalid_token' },
  grant_missing: { status: 403, error: 'insufficient_scope' },
  keys_unavailable: { status: 503 },
};

/** A refusal of {@link Authenticator} or {@link requireGrant}. The message never holds the token or a part of it. */
export class AuthError extends Error {
  override readonly name = 'AuthError';
  readonly code: AuthErrorCode;

  constructor(code: AuthErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }

  /** HTTP status. */
  get status(): 400 | 401 | 403 | 503 {
    return CHALLENGE[this.code].status;
  }

  /** Value of the `WWW-Authenticate` header, if one applies. */
  get challenge(): string | undefined {
    if (this.status === 503) return undefined;
    const { error } = CHALLENGE[this.code];
    return `Bearer realm="mellm-live"${error === undefined ? '' : `, error="${error}"`}`;
  }

  /** Whether the token was wrong, as opposed to missing or lacking a grant. */
  get isWrongToken(): boolean {
    return this.code === 'token_invalid' || this.code === 'token_malformed';
  }
}
