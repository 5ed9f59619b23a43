import { isIP } from 'node:net';
import { z } from 'zod';
import { count, flag, list, secret } from './kinds.js';

/** What a token allows; `admin` includes the others. */
export const GRANTS = ['publish', 'watch', 'metrics', 'admin'] as const;
export type Grant = (typeof GRANTS)[number];

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
      .describe('file with one token a line in the same form (# begins a comment); read again when it changes'),
    jwt_secret: secret(z.string().min(32, 'HS256 needs at least 32 bytes (RFC 7518 section 3.2)').optional()).describe(
      'secret of JWTs signed with HS256, at least 32 bytes',
    ),
    jwt_secret_file: z.string().optional().describe('file that holds it'),
    jwks: z.string().optional().describe('file or URL (https) of the public keys (JWKS) of JWTs signed with RS256 or ES256'),
    jwt_issuer: z.string().optional().describe('the only `iss` accepted; needed with jwks'),
    jwt_audience: z.string().optional().describe('the `aud` that a JWT must name; needed with jwks'),
    metrics: z
      .enum(['token', 'open'])
      .default('token')
      .describe('who may read /metrics where tokens are needed: those with the grant metrics or admin, or everyone'),
  })
  // An identity provider signs tokens for many services with one key: without these, any of them would count here, an admin's scope included.
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
      .describe('PEM file of the certificate and its chain; with tls.key, the server speaks HTTPS. Read again when renewed'),
    key: z.string().optional().describe('PEM file of its private key'),
  })
  .refine(({ cert, key }) => (cert === undefined) === (key === undefined), 'needs both cert and key')
  .prefault({});

const perSecond = (what: string, value: number) => z.coerce.number().positive().max(100_000).default(value).describe(what);

export const limitsSection = z
  .strictObject({
    sessions_per_token: count(1, 10_000)
      .optional()
      .describe('live sessions of one token before it is answered 429; in an installation, at all processes together'),
    pending_sessions: count(1, 10_000)
      .optional()
      .describe(
        'sessions of one token (of one address, where nobody is asked for a token) that have sent no picture yet, before it is answered 429; not set: half of server.max_sessions, but 4 to 16',
      ),
    session_megabytes: count(1, 1_000_000)
      .default(256)
      .describe(
        'what may be stored of one session before it is ended (`too_much_data`) and its publisher begins another; pictures beyond it are not stored',
      ),
    viewers: count(1, 100_000).default(1000).describe('WebSocket viewers in all'),
    viewers_per_token: count(1, 100_000).default(500).describe('WebSocket viewers of one token'),
    viewers_per_address: count(1, 100_000).default(250).describe('WebSocket viewers of one address (an IPv6 /64 counts as one)'),
    connections: count(10, 100_000).default(5000).describe('TCP connections in all'),
    connections_per_address: count(1, 100_000)
      .default(500)
      .describe('TCP connections of one address (an IPv6 /64 counts as one; `server.trusted_proxies` are not counted)'),
    downloads: count(1, 10_000)
      .default(8)
      .describe(
        'exports that one token, and one address, may have open at a time before it is answered 429; of HTML reports, a quarter of that',
      ),
    requests_per_second: perSecond(
      "requests a second from one address (an IPv6 /64 counts as one), with bursts of five seconds' worth",
      200,
    ),
    publishes_per_minute: perSecond('POST /whip a minute from one address', 120),
    failures_per_minute: perSecond('wrong tokens a minute from one address before it is answered 429', 20),
    body_bytes: count(4096, 1_048_576).default(65_536).describe('longest body of a request'),
    message_bytes: count(128, 1_048_576).default(4096).describe('longest WebSocket message from a viewer'),
    header_timeout_ms: count(1000, 600_000).default(15_000).describe('time to finish the TLS handshake, and the head of a request'),
    request_timeout_ms: count(1000, 600_000).default(30_000).describe('time to finish a request'),
    write_timeout_ms: count(1000, 3_600_000)
      .default(60_000)
      .describe('a connection whose client takes nothing of what is sent to it for so long is closed'),
    idle_timeout_ms: count(1000, 600_000)
      .default(20_000)
      .describe('a connection without a request is closed, and a viewer that answers no ping cut off, after so long'),
    max_bitrate: count(100_000, 1_000_000_000)
      .default(20_000_000)
      .describe(
        'bit/s beyond which, for five seconds on end, a session is ended; `webrtc.max_bitrate` is what well-behaved publishers are asked for',
      ),
    max_width: count(160, 8192).default(1920).describe('wider pictures are scaled down'),
    max_height: count(160, 8192).default(1920).describe('higher pictures are scaled down'),
    max_fps: count(1, 1000).default(120).describe('frames a second of a session; those beyond are dropped'),
  })
  .prefault({});

export const recordingsSection = z
  .strictObject({
    enabled: flag
      .default(true)
      .describe('false: no recordings are taken (`POST /api/recordings` answers 403); the page can open none then'),
    max_bytes: count(1024, 2 ** 43)
      .default(4 * 2 ** 30)
      .describe('largest recording that may be uploaded; larger ones are answered 413'),
    quota_bytes: count(1024, 2 ** 46)
      .default(16 * 2 ** 30)
      .describe('disk space of all recordings that are uploaded, wait or are analysed; beyond it new ones are answered 507'),
    waiting: count(1, 10_000)
      .default(64)
      .describe(
        'recordings that are uploaded, wait or are analysed, in all; beyond it new ones are answered 503. One is analysed at a time',
      ),
    per_token: count(1, 10_000).default(16).describe('of these, those of one token, before it is answered 429'),
    per_address: count(1, 10_000)
      .default(16)
      .describe('of these, those of one address (an IPv6 /64 counts as one), before it is answered 429'),
    expire_minutes: count(1, 10_080).default(60).describe('an upload of which no byte came for so long is deleted'),
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
