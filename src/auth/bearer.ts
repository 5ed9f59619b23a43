import { AuthError } from './auth-error.js';

/** RFC 6750 section 2.1, `b64token`; JWTs are of this form too. */
const TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;
/** Longer tokens are rejected, which keeps hashing and parsing cheap. */
const LONGEST = 8192;

/** The token of an `Authorization` header, undefined without the header. @throws AuthError `token_malformed` */
export function tokenOfHeader(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const match = /^Bearer +(\S+) *$/i.exec(header);
  return checked(match?.[1], 'the Authorization header must read "Bearer TOKEN"');
}

/**
 * The token among a WebSocket's offered subprotocols, `bearer.` and the token in base64url: browsers cannot set headers there, and URLs
 * end up in logs. Undefined where none is offered. @throws AuthError `token_malformed`
 */
export function tokenOfSubprotocols(header: string | undefined): string | undefined {
  const offered = header
    ?.split(',')
    .map((name) => name.trim())
    .find((name) => name.startsWith('bearer.'));
  if (offered === undefined) return undefined;
  const encoded = offered.slice('bearer.'.length);
  return checked(
    /^[\w-]{1,11000}$/.test(encoded) ? Buffer.from(encoded, 'base64url').toString('latin1') : undefined,
    'the subprotocol bearer. must be followed by the token in base64url',
  );
}

function checked(token: string | undefined, fix: string): string {
  if (token === undefined || token.length > LONGEST || !TOKEN.test(token)) throw new AuthError('token_malformed', fix);
  return token;
}
