import { isIP } from 'node:net';
import { z } from 'zod';
import { GRANTS } from './grants.js';
import { count, flag, list, secret } from './kinds.js';

/** RFC 6750 section 2.1. Sixteen characters are the least that can't be guessed in practice, if they were drawn at random. */
const TOKEN = /^[A-Za-z0-9\-._~+/]{16,}=*$/;

const tokenObject = z
  .strictObject({
    name: z.string().min(1).max(64).optional(),
    token: secret(
      z
        .string()
        .regex(TOKEN, 'a token has at least 16 letters, digits or -._~+/; "openssl rand -hex 24" makes one')
        .refine(
          (token) => !/REPLACE.?ME/i.test(token),
          'is the example\'s placeholder, which everybody knows: put a token of your own in, "openssl rand -hex 24" makes one',
        )
        .optional(),
    ),
    sha256: secret(
      z
        .string()
        .regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits: the SHA-256 of the token')
        .optional(),
    ),
    grants: z.preprocess((v) => (typeof v === 'string' ? v.split(/[\s+]+/).filter(Boolean) : v), z.array(z.enum(GRANTS)).min(1)),
    session: z
      .string()
      .min(1)
      .max(64)
      .transform((name) => name.normalize('NFC'))
      .optional(),
  })
  .refine((entry) => (entry.token === undefined) !== (entry.sha256 === undefined), 'needs either token or sha256');

/** A static token: an object, or one line `TOKEN GRANT[+GRANT...] [SESSION NAME]`. */
export const tokenEntrySchema = z.preprocess((v, context) => {
  if (typeof v !== 'string') return v;
  const [, token, grants, session] = /^(\S+)\s+([a-z+]+)(?:\s+(.+))?$/.exec(v.trim()) ?? [];
  if (token !== undefined && grants !== undefined) return { token, grants, ...(session === undefined ? {} : { session: session.trim() }) };
  context.addIssue({
    code: 'custom',
    message: 'write it as TOKEN GRANT+GRANT, with the name of a session behind where it is bound to one',
  });
  return z.NEVER;
}, tokenObject);

export type TokenEntry = z.infer<typeof tokenEntrySchema>;

export const authSection = z
  .strictObject({
    tokens: list(tokenEntrySchema)
      .default([])
      .describe(
        'tokens as `TOKEN GRANT+GRANT [SESSION NAME]`, or objects with `token` or `sha256`, `grants`, `session` and `name`; grants are publish, watch, metrics, admin',
      ),
    tokens_file: z
      .string()
      .optional()
      .describe('file with one token per line in the same form (# starts a comment); reloaded when it changes'),
    jwt_secret: secret(z.string().min(32, 'HS256 needs at least 32 bytes (RFC 7518 section 3.2)').optional()).describe(
      'secret of JWTs signed with HS256, at least 32 bytes',
    ),
    jwt_secret_file: z.string().optional().describe('file that contains it'),
    jwks: z.string().optional().describe('file or URL (https) of the public keys (JWKS) of JWTs signed with RS256 or ES256'),
    jwt_issuer: z.string().optional().describe('the only `iss` accepted; required with jwks'),
    jwt_audience: z.string().optional().describe('the `aud` that a JWT must contain; required with jwks'),
    metrics: z
      .enum(['token', 'open'])
      .default('token')
      .describe('who can read /metrics if tokens are required: tokens with the grant metrics or admin, or everyone'),
  })
  // An identity provider signs tokens for many services with one key: without these, any of them would count here, an admin's scope
  // included.
  .refine(
    ({ jwks, jwt_issuer: issuer, jwt_audience: audience }) => jwks === undefined || (issuer !== undefined && audience !== undefined),
    'jwks needs jwt_issuer and jwt_audience: tokens that its owner gave out for other services would count here',
  )
  .prefault({});

export const tlsSection = z
  .strictObject({
    cert: z
      .string()
      .optional()
      .describe('PEM file of the certificate and its chain; with tls.key, the server uses HTTPS. Reloaded when renewed'),
    key: z.string().optional().describe('PEM file of its private key'),
  })
  .refine(({ cert, key }) => (cert === undefined) === (key === undefined), 'needs both cert and key')
  .prefault({});

const perSecond = (what: string, value: number) => z.coerce.number().positive().max(100_000).default(value).describe(what);

export const limitsSection = z
  .strictObject({
    sessions_per_token: count(1, 10_000)
      .optional()
      .describe('live sessions per token before it gets 429; in an installation, over all processes'),
    pending_sessions: count(1, 10_000)
      .optional()
      .describe(
        'sessions per token (per address if no tokens are used) that have sent no frame yet, before it gets 429; not set: half of server.max_sessions, but 4 to 16',
      ),
    session_megabytes: count(1, 1_000_000)
      .default(256)
      .describe(
        'stored data per session before it is ended (`too_much_data`); its publisher can start another; images beyond it are not stored',
      ),
    viewers: count(1, 100_000).default(1000).describe('WebSocket viewers in total'),
    viewers_per_token: count(1, 100_000).default(500).describe('WebSocket viewers per token'),
    viewers_per_address: count(1, 100_000).default(250).describe('WebSocket viewers per address (an IPv6 /64 counts as one)'),
    connections: count(10, 100_000).default(5000).describe('TCP connections in total'),
    connections_per_address: count(1, 100_000)
      .default(500)
      .describe('TCP connections per address (an IPv6 /64 counts as one; `server.trusted_proxies` are not counted)'),
    downloads: count(1, 10_000)
      .default(8)
      .describe('concurrent exports per token and per address before it gets 429; for HTML reports, a quarter of that'),
    requests_per_second: perSecond(
      "requests per second from one address (an IPv6 /64 counts as one), with bursts of five seconds' worth",
      200,
    ),
    publishes_per_minute: perSecond('POST /whip per minute from one address', 120),
    failures_per_minute: perSecond('invalid tokens per minute from one address before it gets 429', 20),
    body_bytes: count(4096, 1_048_576).default(65_536).describe('maximum size of a request body'),
    message_bytes: count(128, 1_048_576).default(4096).describe('maximum size of a WebSocket message from a viewer'),
    header_timeout_ms: count(1000, 600_000)
      .default(15_000)
      .describe('time to finish the TLS handshake, and to receive the headers of a request'),
    request_timeout_ms: count(1000, 600_000).default(30_000).describe('time to receive a request'),
    write_timeout_ms: count(1000, 3_600_000).default(60_000).describe('a connection whose client does not read for this long is closed'),
    idle_timeout_ms: count(1000, 600_000)
      .default(20_000)
      .describe('time after which a connection without a request is closed, and a viewer that does not answer pings is disconnected'),
    max_bitrate: count(100_000, 1_000_000_000)
      .default(20_000_000)
      .describe('bit/s; a session above it for five seconds is ended. `webrtc.max_bitrate` is what publishers are asked to send'),
    max_width: count(160, 8192).default(1920).describe('wider images are scaled down'),
    max_height: count(160, 8192).default(1920).describe('higher images are scaled down'),
    max_fps: count(1, 1000).default(120).describe('frames per second per session; excess frames are dropped'),
  })
  .prefault({});

export const recordingsSection = z
  .strictObject({
    enabled: flag
      .default(true)
      .describe('false: no recordings are accepted (`POST /api/recordings` answers 403), and the page cannot open any'),
    max_bytes: count(1024, 2 ** 43)
      .default(4 * 2 ** 30)
      .describe('maximum size of a recording; larger ones get 413'),
    quota_bytes: count(1024, 2 ** 46)
      .default(16 * 2 ** 30)
      .describe('disk space of all recordings that are being uploaded, waiting or being analysed; beyond it new ones get 507'),
    waiting: count(1, 10_000)
      .default(64)
      .describe(
        'recordings in total that are being uploaded, waiting or being analysed; beyond it new ones get 503. One is analysed at a time',
      ),
    per_token: count(1, 10_000).default(16).describe('of these, per token, before it gets 429'),
    per_address: count(1, 10_000).default(16).describe('of these, per address (an IPv6 /64 counts as one), before it gets 429'),
    expire_minutes: count(1, 10_080).default(60).describe('an upload without data for this long is deleted'),
  })
  .prefault({});

/** A proxy's address: one address, a CIDR block, or `loopback`. */
export const proxySchema = z.string().refine((text) => {
  if (text === 'loopback') return true;
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}, 'must be an IP address, a block such as 10.0.0.0/8, or loopback');

/** An origin as browsers send it: scheme and host, no path. */
export const originSchema = z.string().refine((text) => {
  try {
    return new URL(text).origin === text;
  } catch {
    return false;
  }
}, 'must be an origin such as https://lab.example.org, without a path');
