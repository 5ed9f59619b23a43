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
      'NATS servers with JetStream, e.g. nats://127.0.0.1:4222, several by commas; not set: everything in this process (docs/scale.md)',
    ),
    roles: list(z.enum(ROLES))
      .refine((roles) => roles.length > 0, 'needs at least one role')
      .default([...ROLES])
      .describe(
        'what this process does: ingest takes publishers, flow and llm do those jobs, store keeps what is found, api serves viewers and the page',
      ),
    advertise_url: z
      .string()
      .regex(/^https?:\/\//, 'must begin with http:// or https://')
      .optional()
      .describe(
        'address under which publishers reach this process, when another one sends them here; not set: the one it listens on or, where it listens on all, the one from which it reaches NATS',
      ),
    node: name
      .optional()
      .describe(
        "name of this process, different from all others and from what it was before a restart; not set: made of the host's name and chance",
      ),
    prefix: name
      .default('mellm')
      .describe('first word of subjects and streams: installations that share a NATS server need different ones'),
    creds_file: z.string().optional().describe('file of NATS credentials'),
    dead_after_ms: count(5000, 600_000)
      .default(15_000)
      .describe('a process that is not heard for so long is taken for dead, and its sessions are ended; the same everywhere'),
    replicas: count(1, 5).default(1).describe('copies of each stream in a NATS cluster'),
    keep_hours: count(1, 8760).default(24).describe('hours that durable events stay in the stream; the store has them for longer'),
    keep_megabytes: count(16, 1_000_000)
      .default(1024)
      .describe(
        'bytes of durable events in the stream beyond which the oldest go, whatever keep_hours says; the NATS server must have that much room for files',
      ),
    session_messages: count(1000, 10_000_000)
      .default(100_000)
      .describe('messages of durable events of one session in the stream beyond which its oldest go; the store has them'),
    image_megabytes: count(1, 1_000_000)
      .default(256)
      .describe('memory of the NATS servers for pictures of alerts, which viewers see for an hour, or until it is full'),
  })
  .refine(
    ({ url, roles }) => url !== undefined || roles.length === ROLES.length,
    'roles other than all need bus.url: one process does everything without a bus',
  )
  .prefault({});
