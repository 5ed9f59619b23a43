import { z } from 'zod';
import { count, flag, secret } from './kinds.js';

/** Types of events that receivers may ask for. */
export const WEBHOOK_EVENTS = ['session.started', 'session.ended', 'annotation.closed', 'marker', 'error'] as const;

const targetSchema = z.strictObject({
  url: z.string().regex(/^https?:\/\/[^\s@]+$/, 'must begin with https:// or http://, without credentials'),
  secret: secret(z.string().min(16, 'must have at least 16 characters; "openssl rand -hex 24" makes one')),
  session: z.string().min(1).max(128).optional(),
  events: z.array(z.enum(WEBHOOK_EVENTS)).default(['annotation.closed']),
  kinds: z.array(z.enum(['micro', 'macro'])).default(['micro', 'macro']),
  min_score: z.coerce.number().min(0).max(1).default(0),
});

export const webhooksSection = z
  .strictObject({
    targets: z
      .array(targetSchema)
      .max(32)
      .default([])
      .describe('receivers of findings: `url`, `secret`, and optionally `session`, `events`, `kinds`, `min_score` (docs/webhooks.md)'),
    allow_private: flag.default(false).describe('true: receivers may have private and loopback addresses'),
    queue: count(1, 100_000)
      .default(10_000)
      .describe('deliveries that may wait for one receiver; beyond them, new ones are dropped and counted'),
    retry_minutes: count(1, 10_080).default(1440).describe('minutes for which a delivery is retried before it fails'),
  })
  .prefault({});
