import { z } from 'zod';
import { count, list, secret } from './kinds.js';

/** What a process of an installation over several does. */
export const ROLES = ['ingest', 'flow', 'llm', 'store', 'api'] as const;
export type Role = (typeof ROLES)[number];

const name = z.string().regex(/^[A-Za-z0-9_-]{1,32}$/, 'must be letters, digits, _ and -, 32 at most');

export const busSection = z
  .strictObject({
    url: secret(
      z
        .string()
        .regex(/^(nats|tls):\/\/\S+$/, 'must begin with nats:// or tls://')
        .optional(),
    ).describe(
      'NATS servers with JetStream, e.g. nats://127.0.0.1:4222, several comma-separated; not set: everything runs in this process (docs/scale.md)',
    ),
    roles: list(z.enum(ROLES))
      .refine((roles) => roles.length > 0, 'needs at least one role')
      .default([...ROLES])
      .describe(
        'roles of this process: ingest receives publishers, flow and llm process those jobs, store stores findings, api serves viewers and the page',
      ),
    advertise_url: z
      .string()
      .regex(/^https?:\/\//, 'must begin with http:// or https://')
      .optional()
      .describe(
        'address at which publishers reach this process when another one redirects them; not set: the address it listens on or, if it listens on all, the one from which it reaches NATS',
      ),
    node: name
      .optional()
      .describe('name of this process, unique among processes and restarts; not set: derived from the host name and a random part'),
    prefix: name.default('mellm').describe('prefix of subjects and streams: installations that share a NATS server need different ones'),
    creds_file: z.string().optional().describe('NATS credentials file'),
    dead_after_ms: count(5000, 600_000)
      .default(15_000)
      .describe(
        'a process without heartbeats for this long is considered dead, and its sessions are ended; must be the same in all processes',
      ),
    replicas: count(1, 5).default(1).describe('copies of each stream in a NATS cluster'),
    keep_hours: count(1, 8760).default(24).describe('hours that durable events stay in the stream; the store retains them longer'),
    keep_megabytes: count(16, 1_000_000)
      .default(1024)
      .describe(
        'maximum size of durable events in the stream; beyond it the oldest are removed regardless of keep_hours; the NATS server needs that much disk space',
      ),
    session_messages: count(1000, 10_000_000)
      .default(100_000)
      .describe('maximum messages of durable events per session in the stream; beyond it the oldest are removed; the store has them'),
    image_megabytes: count(1, 1_000_000)
      .default(256)
      .describe('memory of the NATS servers for images of alerts, which are available for an hour or until it is full'),
  })
  .refine(
    ({ url, roles }) => url !== undefined || roles.length === ROLES.length,
    'roles other than all need bus.url: one process does everything without a bus',
  )
  .prefault({});
