import { z } from 'zod';
import { durableEventSchema, type DurableEvent, type EphemeralEvent } from '../../events/schema.js';
import { BusError } from '../../events/bus/bus-error.js';

/**
 * The messages on the bus. Processes of two versions run side by side during an upgrade, so every message carries the version of its
 * format; golden files in tests/bus guard it. Fields that a newer version adds to an event pass through.
 */
export const WIRE_VERSION = 1;

const version = z.literal(WIRE_VERSION);
const at = z.iso.datetime();

/** Consecutive durable events of one session. */
const eventsSchema = z.object({ v: version, at, events: z.array(durableEventSchema).min(1) });

/** The start of a session, before its first event. */
const beginSchema = z.object({
  v: version,
  at,
  node: z.string().min(1).describe('whose session it is'),
  session: z.object({
    id: z.string().min(1).max(64),
    name: z.string().max(128),
    made_with: z.unknown().optional(),
    writer: z.string().max(64).optional().describe('whom its size counts against'),
  }),
});

/** Ephemeral events; not validated in depth, since they are not stored. */
const ephemeralSchema = z.object({
  v: version,
  node: z.string(),
  event: z.object({ type: z.enum(['track', 'signal', 'stats', 'progress']), session: z.string() }),
});

type EventsMessage = z.infer<typeof eventsSchema>;
export type BeginMessage = z.infer<typeof beginSchema>;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** @param at when they were published, ISO 8601 */
export function encodeEvents(events: readonly DurableEvent[], at: string): Uint8Array {
  return encoder.encode(JSON.stringify({ v: WIRE_VERSION, at, events }));
}

export function decodeEvents(data: Uint8Array): { readonly at: string; readonly events: readonly DurableEvent[] } {
  const message = parsed(data, eventsSchema, 'events') as EventsMessage;
  return message;
}

export function encodeBegin(message: Omit<BeginMessage, 'v'>): Uint8Array {
  return encoder.encode(JSON.stringify({ v: WIRE_VERSION, ...message }));
}

export function decodeBegin(data: Uint8Array): BeginMessage {
  return parsed(data, beginSchema, 'begin') as BeginMessage;
}

/** @param node the sender, which ignores its own messages */
export function encodeEphemeral(event: EphemeralEvent, node: string): Uint8Array {
  return encoder.encode(JSON.stringify({ v: WIRE_VERSION, node, event }));
}

export function decodeEphemeral(data: Uint8Array): { readonly node: string; readonly event: EphemeralEvent } {
  return parsed(data, ephemeralSchema, 'ephemeral') as { node: string; event: EphemeralEvent };
}

/** The message, validated by its schema. @throws BusError `bus_message_invalid` */
function parsed(data: Uint8Array, schema: z.ZodType, kind: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(data));
  } catch (cause) {
    throw new BusError('bus_message_invalid', `message of kind ${kind} is not valid JSON`, cause);
  }
  const result = schema.safeParse(value);
  if (result.success) return value;
  const told =
    typeof value === 'object' && value !== null && 'v' in value && value.v !== WIRE_VERSION
      ? `was written in version ${String(value.v)} of the format, this process reads ${String(WIRE_VERSION)}: run the same release everywhere`
      : `is invalid: ${result.error.issues[0]?.path.join('.') ?? ''} ${result.error.issues[0]?.message ?? ''}`;
  throw new BusError('bus_message_invalid', `message of kind ${kind} ${told}`);
}
