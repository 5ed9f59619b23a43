import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { FALSE_ALARM_LIMITS } from '../common/false-alarm-limits.js';
import { authSection, limitsSection, originSchema, proxySchema, recordingsSection, tlsSection } from './guard-schema.js';
import { busSection } from './bus-schema.js';
import { count, flag, list, port, secret } from './kinds.js';
import { consentSection } from './consent-schema.js';
import { mqttSection } from './mqtt-schema.js';
import { reviewsSection } from './reviews-schema.js';
import { webhooksSection } from './webhooks-schema.js';

const cores = availableParallelism();

/** What the server allows unless told otherwise; the evaluation's `learned` too. */
export const DEFAULT_FALSE_ALARMS = 0.2;
const falseAlarmsSchema = z.coerce.number().min(FALSE_ALARM_LIMITS.least).max(FALSE_ALARM_LIMITS.most);

const iceServerSchema = z.preprocess(
  (v) => (typeof v === 'string' ? { urls: v } : v),
  z
    .strictObject({
      urls: z.string().regex(/^(stun|turn)s?:/, 'must begin with stun:, turn: or turns:'),
      username: z.string().optional(),
      credential: secret(z.string().optional()),
      secret: secret(z.string().min(8, 'must have at least 8 characters').optional()),
      ttl: count(60, 31_536_000).optional(),
    })
    .refine(
      ({ secret: shared, username, credential }) => shared === undefined || (username === undefined && credential === undefined),
      'takes either a secret or a username with its credential',
    )
    .refine(({ ttl, secret: shared }) => ttl === undefined || shared !== undefined, 'has a ttl, which needs a secret'),
);

/**
 * Every setting, its default and what it means; YAML file, environment (`MELLM_` and the path in capitals, e.g.
 * `MELLM_SERVER_PORT`) and flags are read in that order, the last wins. Unknown keys are errors.
 */
export const configSchema = z.strictObject({
  server: z
    .strictObject({
      host: z.string().min(1).default('127.0.0.1').describe('address to listen on'),
      port: port.default(8080).describe('TCP port; 0 lets the system choose'),
      base_path: z
        .string()
        .regex(/^(?:\/[A-Za-z0-9._~-]+)*\/?$/, 'must be a path such as /me')
        .transform((path) => path.replace(/\/$/, ''))
        .default('')
        .describe(
          'path below which a proxy serves this server, e.g. /me: Location of POST /whip begins with it; requests with and without it are answered (docs/secure.md)',
        ),
      max_sessions: z.coerce
        .number()
        .int()
        .min(1)
        .max(10_000)
        .default(Math.max(4, cores * 4))
        .describe('live sessions before POST /whip answers 503'),
      insecure: flag
        .default(false)
        .describe('true: listen on non-loopback addresses without tokens, so that everyone can do everything (`--insecure`)'),
      allowed_hosts: list(z.string().regex(/^[A-Za-z0-9.-]{1,253}$/, 'must be a host name without a port'))
        .default([])
        .describe('with --insecure: host names that the server answers to, besides its addresses and localhost'),
      allowed_origins: list(originSchema)
        .default([])
        .describe('origins of web pages on other hosts that may use this server, e.g. https://lab.example.org'),
      frame_ancestors: list(z.union([z.literal('self'), originSchema]))
        .default([])
        .describe(
          'origins of pages that may show the page of this server in a frame, e.g. https://lab.example.org; self: those of this server. None by default',
        ),
      trusted_proxies: list(proxySchema)
        .default([])
        .describe(
          'addresses of the proxies in front, whose X-Forwarded-For, -Proto and -Host are trusted: addresses, blocks (10.0.0.0/8) or loopback',
        ),
      drain_ms: z.coerce.number().int().min(0).max(600_000).default(20_000).describe('on SIGTERM: how long open alerts may take to finish'),
      hang_ms: z.coerce
        .number()
        .int()
        .min(500)
        .max(600_000)
        .default(15_000)
        .describe('a worker that does not respond for this long is replaced'),
    })
    .prefault({}),
  overload: z
    .strictObject({
      enabled: flag.default(true).describe('refuse new sessions before running ones suffer'),
      event_loop_lag_ms: z.coerce.number().positive().default(250).describe('limit of the event loop delay, sampled every second'),
      queue_wait_ms: z.coerce
        .number()
        .positive()
        .default(750)
        .describe('limit of the time from the arrival of a frame to its analysis (95th percentile)'),
      cpu: z.coerce.number().positive().max(1).default(0.95).describe('limit of the share of the cores that this process uses'),
      after_ms: z.coerce.number().min(0).default(5000).describe('how long a limit must be exceeded before sessions are refused'),
      until_ms: z.coerce
        .number()
        .min(0)
        .default(15_000)
        .describe('how long all must be below three quarters of their limits before sessions are accepted again'),
    })
    .prefault({}),
  tls: tlsSection,
  auth: authSection,
  limits: limitsSection,
  recordings: recordingsSection,
  webrtc: z
    .strictObject({
      advertised_addresses: list(z.string())
        .default([])
        .describe('additional addresses to offer as host candidates: the public address of a NAT, the host of a container'),
      udp_ports: z
        .preprocess(
          (v) => (typeof v === 'string' ? v.split('-') : v),
          z
            .tuple([port, port], 'must be two ports, the lower one first, e.g. 50000-50099')
            .refine(([a, b]) => a <= b, 'must be two ports, the lower one first, e.g. 50000-50099'),
        )
        .optional()
        .describe('lowest and highest UDP port for media'),
      ice_servers: list(iceServerSchema)
        .default([])
        .describe(
          'STUN and TURN servers, for us and, by Link headers, for publishers: a URL, or an object with `urls`, and `username` and `credential` or the `secret` shared with a TURN server, from which credentials that expire after `ttl` seconds (default: one day) are created for each publisher',
        ),
      ice_lite: flag.default(false).describe('answer as an ICE-lite agent (RFC 8445 section 2.5); for servers with a public address'),
      jitter_ms: z.coerce.number().min(0).max(2000).default(100).describe('how long to wait for a missing packet'),
      max_bitrate: z.coerce
        .number()
        .int()
        .min(50_000)
        .max(50_000_000)
        .default(4_000_000)
        .describe('bit/s requested from a publisher on a link without loss'),
      local_candidates: flag
        .default(false)
        .describe(
          'true: connectivity checks are also sent to loopback and link-local candidates of a publisher; needed only for publishers that send no checks themselves (ICE-lite)',
        ),
      ice_timeout_ms: z.coerce
        .number()
        .int()
        .min(500)
        .default(6000)
        .describe('a publisher that sends nothing for this long after its POST is ended'),
      connect_timeout_ms: z.coerce
        .number()
        .int()
        .min(1000)
        .default(15_000)
        .describe('a publisher that has not connected after this long is ended'),
      media_timeout_ms: z.coerce.number().int().min(1000).default(10_000).describe('a publisher that sends nothing for this long is ended'),
    })
    .prefault({}),
  media: z
    .strictObject({
      processes: z.coerce
        .number()
        .int()
        .min(1)
        .max(64)
        .default(Math.min(64, cores))
        .describe(
          'processes that receive, decode, track and measure live video; one at start-up, more as sessions arrive, up to this number, and to one per four of `webrtc.udp_ports`',
        ),
    })
    .prefault({}),
  vision: z
    .strictObject({
      workers: z.coerce
        .number()
        .int()
        .min(1)
        .max(64)
        .default(Math.max(1, cores - 1))
        .describe('threads that track faces and measure motion in recorded files (`analyze`)'),
      max_faces: z.coerce.number().int().min(1).max(16).default(4).describe('faces tracked per session'),
    })
    .prefault({}),
  spotting: z
    .strictObject({
      micro_max: z.coerce.number().positive().max(2).default(0.5).describe('longest micro-expression, onset to offset, seconds'),
      method: z
        .enum(['learned', 'rules'])
        .default('learned')
        .describe('learned: a small network; rules: thresholds on the motion, the baseline'),
      false_alarms_per_minute: falseAlarmsSchema
        .default(DEFAULT_FALSE_ALARMS)
        .describe(
          "false alarm rate of the learned spotter, as measured on ME-Inject's validation clips, which are full of head motion, speech, blinks and light changes; higher: more alerts",
        ),
      calibration: z
        .string()
        .min(1)
        .optional()
        .describe("file that `mellm-live calibrate` wrote from a lab's reviews: scores become the share of alerts that its coders accept"),
      sensitivity: z.coerce.number().min(0.25).max(4).default(1).describe('for the method rules; above 1: more alerts, below 1: fewer'),
    })
    .prefault({}),
  flow: z
    .strictObject({
      enabled: flag.default(true),
      device: z.enum(['auto', 'cuda', 'webgpu', 'cpu']).default('auto'),
      max_batch: z.coerce.number().int().min(1).max(32).default(8),
      max_wait_ms: z.coerce
        .number()
        .min(0)
        .max(1000)
        .default(5)
        .describe('how long a pair waits for others before its batch is dispatched'),
      server: z
        .string()
        .regex(/^https?:\/\/[^@\s]+$/, 'must begin with http:// or https://, and hold no password (flow.server_key_file is for that)')
        .optional()
        .describe(
          'address of a server of the Open Inference Protocol (KServe v2 over HTTP: Triton, MLServer) that runs MEFlowNet, e.g. http://10.0.0.7:8000; not set: it runs on this machine (docs/flow.md)',
        ),
      server_model: z
        .string()
        .regex(/^[\w.-]{1,100}$/, 'must be letters, digits, _, - and dots')
        .default('meflownet')
        .describe('name of the model on that server'),
      server_version: z
        .string()
        .regex(/^[\w.-]{1,100}$/, 'must be letters, digits, _, - and dots')
        .optional()
        .describe('its version on that server; not set: the server chooses'),
      server_key_file: z
        .string()
        .optional()
        .describe('file with the key, sent as a bearer token; otherwise the environment variable MELLM_FLOW_SERVER_KEY'),
      server_timeout_ms: count(50, 60_000)
        .default(3000)
        .describe('how long a batch may take on the server before the local model computes it'),
      server_fallback: flag.default(true).describe('false: no local model is loaded for comparison and fallback'),
    })
    .prefault({}),
  llm: z
    .strictObject({
      emotion: flag.default(true).describe('false: motion and action units only, everywhere'),
      url: list(z.string().regex(/^https?:\/\//, 'must begin with http:// or https://'))
        .refine((urls) => urls.length > 0, 'needs at least one URL')
        .optional()
        .describe(
          'base URL of an OpenAI-compatible server, e.g. http://localhost:8000/v1, or of several (a list, or comma-separated), which are used round-robin; a failing one is excluded for a while',
        ),
      model: z.string().optional().describe('name of the model on the servers; required with llm.url'),
      dialect: z.enum(['mellm', 'paper']).default('mellm'),
      prompt: z.enum(['regions', 'motion-map']).default('regions'),
      key_file: z
        .string()
        .optional()
        .describe('file with the key, the same for all servers; otherwise the environment variable MELLM_LLM_KEY'),
      concurrency: count(1, 256).default(4).describe('concurrent requests per server'),
      max_tokens: count(64, 1_000_000)
        .optional()
        .describe('maximum tokens of an answer, reasoning included; not set: 2048, or 16384 in the dialect paper'),
      connect_timeout_ms: count(50, 600_000).default(3000).describe('how long a connection to a server may take'),
      first_token_timeout_ms: count(50, 3_600_000)
        .default(8000)
        .describe('live video: how long a server may take to its first token, reasoning included, before the embedded model answers'),
      timeout_ms: count(50, 3_600_000)
        .default(14_000)
        .describe('live video: how long an answer may take in total; an alert stays open at least 6 s longer'),
      recording_timeout_ms: count(50, 86_400_000)
        .default(600_000)
        .describe(
          'recordings, and `describe`: how long a server may be silent, and then how long its answer may take, before the embedded model answers',
        ),
    })
    .prefault({}),
  telemetry: z
    .strictObject({
      otlp_endpoint: z
        .string()
        .regex(/^https?:\/\//, 'must begin with http:// or https://')
        .optional()
        .describe(
          'base URL of an OpenTelemetry collector (OTLP over HTTP), e.g. http://localhost:4318, for traces of alerts; the standard OTEL_EXPORTER_OTLP_ENDPOINT works too',
        ),
    })
    .prefault({}),
  store: z
    .strictObject({
      enabled: flag.default(true).describe('false (--no-store): findings are held in memory and lost when the server stops'),
      path: z
        .string()
        .min(1)
        .optional()
        .describe("folder of the database (--data); not set: `serve` uses the user's data folder and logs it"),
      url: secret(
        z
          .string()
          .regex(/^postgres(ql)?:\/\/\S+$/, 'must begin with postgres:// or postgresql://')
          .optional(),
      ).describe('PostgreSQL database instead of a folder, e.g. postgres://mellm@db.example.org/mellm (docs/keep.md)'),
      keep_images: flag.default(false).describe('true (--keep-images): crops and flow maps are stored in the database too; video never is'),
      keep_series: flag
        .default(true)
        .describe('false: the curves of live sessions are not stored; those of uploaded recordings always are (docs/series.md)'),
      keep_days: z.coerce.number().min(0).max(36_500).default(30).describe('days that a session is stored after its end; 0: forever'),
      max_megabytes: z.coerce
        .number()
        .min(0)
        .default(1024)
        .describe(
          'maximum size of the database; beyond it ended sessions are erased, starting with the owner who stores most (docs/keep.md); 0: unlimited',
        ),
    })
    .refine(
      ({ path, url }) => path === undefined || url === undefined,
      'path (--data) and url cannot both be set: use a folder or a database',
    )
    .prefault({}),
  consent: consentSection,
  reviews: reviewsSection,
  webhooks: webhooksSection,
  mqtt: mqttSection,
  bus: busSection,
  log: z
    .strictObject({
      level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
    })
    .prefault({}),
});

export type Config = z.infer<typeof configSchema>;
