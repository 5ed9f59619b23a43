import { readFileSync } from 'node:fs';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  jwtVerify,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
} from 'jose';
import { ConfigError, GRANTS, type Grant } from '../config/mod.js';
import { AuthError } from './auth-error.js';
import type { Identity } from './identity.js';
import { fetchJwks } from './jwks-fetch.js';

export interface JwtOptions {
  /** Secret for HS256, at least 32 bytes. */
  readonly secret?: string;
  /** File or https URL of a JWKS (RFC 7517), for RS256 and ES256. */
  readonly jwks?: string;
  readonly issuer?: string;
  readonly audience?: string;
  /** Seconds that clocks may differ. Default 30. */
  readonly tolerance?: number;
}

/**
 * Verifies JSON Web Tokens (RFC 7519): HS256 by a shared secret, RS256 and ES256 by public keys; the kind of key fixes the
 * algorithms, so that a public key can never serve as a secret (RFC 8725 section 2.1). `exp` is required.
 *
 * Claims: `grants` (a list, or words separated by spaces) or OAuth's `scope`; `session`, the name it is bound to; `sub`.
 */
export class JwtVerifier {
  readonly #options: JwtOptions;
  readonly #secret: Uint8Array | undefined;
  #keys: JWTVerifyGetKey | undefined;

  /** @throws ConfigError where the file has no keys, or the URL is not usable */
  constructor(options: JwtOptions) {
    this.#options = options;
    this.#secret = options.secret === undefined ? undefined : new TextEncoder().encode(options.secret);
    if (this.#secret && this.#secret.length < 32)
      throw new ConfigError('setting "auth.jwt_secret": HS256 needs at least 32 bytes (RFC 7518 section 3.2)');
    if (options.jwks === undefined) return;
    if (isUrl(options.jwks))
      this.#keys = createRemoteJWKSet(checkedUrl(options.jwks), {
        timeoutDuration: 5000,
        cooldownDuration: 30_000,
        [customFetch]: fetchJwks,
      });
    else this.reload();
  }

  /** The key file, if keys come from one. */
  get file(): string | undefined {
    const { jwks } = this.#options;
    return jwks === undefined || isUrl(jwks) ? undefined : jwks;
  }

  /** Reloads the key file; on failure the previous keys stay. @throws ConfigError */
  reload(): void {
    if (this.file !== undefined) this.#keys = createLocalJWKSet(readKeys(this.file));
  }

  /** @throws AuthError `token_invalid`, `token_expired`, `keys_unavailable` */
  async verify(token: string): Promise<Identity> {
    try {
      const { payload } = await jwtVerify(
        token,
        async (header, input) => {
          if (header.alg === 'HS256' && this.#secret) return this.#secret;
          if (header.alg !== 'HS256' && this.#keys) return this.#keys(header, input);
          throw new errors.JOSEAlgNotAllowed('no key for this algorithm');
        },
        {
          algorithms: [...(this.#secret ? ['HS256'] : []), ...(this.#keys ? ['RS256', 'ES256'] : [])],
          requiredClaims: ['exp'],
          clockTolerance: this.#options.tolerance ?? 30,
          ...(this.#options.issuer === undefined ? {} : { issuer: this.#options.issuer }),
          ...(this.#options.audience === undefined ? {} : { audience: this.#options.audience }),
        },
      );
      return identityOf(payload);
    } catch (error) {
      throw asAuthError(error);
    }
  }
}

function identityOf(payload: JWTPayload): Identity {
  const { sub, jti, exp, session } = payload;
  if (session !== undefined && (typeof session !== 'string' || session === ''))
    throw new AuthError('token_invalid', 'the claim session must be the name of a session');
  return {
    id: `jwt-${sub ?? jti ?? 'unnamed'}`,
    grants: grantsOf(payload['grants'] ?? payload['scope']),
    session: session?.normalize('NFC'),
    expires: (exp ?? 0) * 1000,
    anonymous: false,
  };
}

/** Unknown words are ignored: a scope may name other services too. */
function grantsOf(claim: unknown): Grant[] {
  const words: unknown[] = typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : [];
  return GRANTS.filter((grant) => words.includes(grant));
}

function asAuthError(error: unknown): AuthError {
  if (error instanceof AuthError) return error;
  if (error instanceof errors.JWTExpired) return new AuthError('token_expired', 'token expired; get a new one', { cause: error });
  // A failure of the key server is not the client's fault.
  const keyServer =
    error instanceof errors.JWKSTimeout ||
    error instanceof errors.JWKSInvalid ||
    (error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC') ||
    !(error instanceof errors.JOSEError);
  if (keyServer)
    return new AuthError('keys_unavailable', 'the keys that verify this token are unavailable; try again later', { cause: error });
  return new AuthError('token_invalid', 'invalid token', { cause: error });
}

const isUrl = (text: string): boolean => /^https?:\/\//i.test(text);

function checkedUrl(text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch (cause) {
    throw new ConfigError('setting "auth.jwks": not a valid URL', { cause });
  }
  if (url.protocol !== 'https:' && !['localhost', '127.0.0.1', '[::1]'].includes(url.hostname))
    throw new ConfigError('setting "auth.jwks": keys from another machine require https://, since they could be replaced in transit');
  return url;
}

function readKeys(path: string): JSONWebKeySet {
  try {
    const keys = JSON.parse(readFileSync(path, 'utf8')) as JSONWebKeySet;
    createLocalJWKSet(keys);
    return keys;
  } catch (cause) {
    throw new ConfigError(`the key file ${path} is not usable (${(cause as NodeJS.ErrnoException).code ?? 'not a JWKS'})`, { cause });
  }
}
