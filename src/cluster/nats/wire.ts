import { z } from 'zod';
import { durableEventSchema, type DurableEvent, type EphemeralEvent } from '../../events/schema.js';
import { BusError } from '../../events/bus/bus-error.js';

/**
 * What crosses the bus, and in which form. Processes of two versions run side by side while an installation is renewed, so every
 * message carries the format's version; golden files in tests/bus guard it. What a newer version adds to an event passes through.
 */
export const WIRE_VERSION = 1;

const version = z.literal(WIRE_VERSION);
const at = z.iso.datetime();

/** Durable events of one session that travel together, numbered without a gap. */
const eventsSchema = z.object({ v: version, at, events: z.array(durableEventSchema).min(1) });

/** A session begins, before any event of it. */
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

/** Events shown now or never; what they hold is not looked into, since nobody keeps it. */
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

/** @param node who tells, so that it need not listen to itself */
export function encodeEphemeral(event: EphemeralEvent, node: string): Uint8Array {
  return encoder.encode(JSON.stringify({ v: WIRE_VERSION, node, event }));
}

export function decodeEphemeral(data: Uint8Array): { readonly node: string; readonly event: EphemeralEvent } {
  return parsed(data, ephemeralSchema, 'ephemeral') as { node: string; event: EphemeralEvent };
}

/** The message as it was sent, once the schema has accepted it. @throws BusError `bus_message_invalid` */
function parsed(data: Uint8Array, schema: z.ZodType, kind: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(data));
  } catch (cause) {
    throw new BusError('bus_message_invalid', `a message of kind ${kind} is no JSON`, cause);
  }
  const result = schema.safeParse(value);
  if (result.success) return value;
  const told =
    typeof value === 'object' && value !== null && 'v' in value && value.v !== WIRE_VERSION
      ? `was written in version ${String(value.v)} of the format, this process reads ${String(WIRE_VERSION)}: run the same release everywhere`
      : `is not what it should be: ${result.error.issues[0]?.path.join('.') ?? ''} ${result.error.issues[0]?.message ?? ''}`;
  throw new BusError('bus_message_invalid', `a message of kind ${kind} ${told}`);
}
