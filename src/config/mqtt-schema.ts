import { z } from 'zod';
import { slug } from '../common/slug.js';
import { count, flag, list, secret } from './kinds.js';
import { WEBHOOK_EVENTS } from './webhooks-schema.js';

/** A topic, or a level of one, without wildcards. */
const topic = z.string().regex(/^[^+#\s/]+(?:\/[^+#\s/]+)*$/, 'must be a topic such as home/mellm, without wildcards');

export const mqttSection = z
  .strictObject({
    url: z
      .string()
      .regex(
        /^(?:mqtts?|wss?):\/\/[^\s@]+$/,
        'must begin with mqtt://, mqtts://, ws:// or wss://, without credentials (mqtt.username, mqtt.password)',
      )
      .optional()
      .describe('address of an MQTT broker, e.g. mqtts://broker.example.org:8883; not set: nothing is published (docs/mqtt.md)'),
    topic: topic.default('mellm-live').describe('topic below which everything is published'),
    username: z.string().min(1).optional(),
    password: secret(z.string().min(1).optional()).describe('better in the environment, as MELLM_MQTT_PASSWORD'),
    ca: z
      .string()
      .min(1)
      .optional()
      .describe('PEM file of the certificate authority that signed the broker’s certificate; default: those of Node.js'),
    discovery: flag.default(true).describe('false: no configuration for Home Assistant is published'),
    discovery_prefix: topic.default('homeassistant').describe('topic below which Home Assistant looks for devices'),
    sessions: list(z.string().min(1).max(128))
      .refine((names) => names.length <= 64, 'must have at most 64 names')
      .refine((names) => new Set(names.map(slug)).size === names.length, 'has two names that would share a topic')
      .default([])
      .describe('names of sessions that have a topic, and an entity in Home Assistant, of their own'),
    events: list(z.enum(WEBHOOK_EVENTS)).default(['annotation.closed']).describe('events that are published in full'),
    kinds: list(z.enum(['micro', 'macro']))
      .default(['micro', 'macro'])
      .describe('kinds of alerts that are published'),
    min_score: z.coerce.number().min(0).max(1).default(0).describe('alerts with a lower score are not published'),
    queue: count(1, 100_000)
      .default(1000)
      .describe('messages that may wait while the broker is away; beyond them, the oldest are dropped and counted'),
  })
  .refine(({ username, password }) => password === undefined || username !== undefined, 'has a password, which needs a username')
  .prefault({});
