import { BusError } from '../../events/bus/bus-error.js';
import { WIRE_VERSION } from './wire.js';

/**
 * A message with binary parts (crops, images), which JSON would enlarge by a third:
 *
 *     u8 version │ u32 length of the head, big-endian │ head: JSON, `parts` holds the lengths │ part │ part │ …
 */
export interface Frame {
  readonly head: Readonly<Record<string, unknown>>;
  readonly parts: readonly Uint8Array[];
}

const PREFIX = 5;
/** Parts per message; more means a corrupt head. */
const MOST_PARTS = 16;

export function encodeFrame(head: Readonly<Record<string, unknown>>, parts: readonly Uint8Array[] = []): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify({ ...head, parts: parts.map((part) => part.byteLength) }));
  const bytes = new Uint8Array(PREFIX + json.byteLength + parts.reduce((sum, part) => sum + part.byteLength, 0));
  const view = new DataView(bytes.buffer);
  view.setUint8(0, WIRE_VERSION);
  view.setUint32(1, json.byteLength);
  bytes.set(json, PREFIX);
  let at = PREFIX + json.byteLength;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  return bytes;
}

/** Copies the parts, since the message's buffer belongs to the connection. @throws BusError `bus_message_invalid` */
export function decodeFrame(bytes: Uint8Array): Frame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < PREFIX) throw new BusError('bus_message_invalid', 'truncated message: head incomplete');
  if (view.getUint8(0) !== WIRE_VERSION) {
    throw new BusError(
      'bus_message_invalid',
      `a message was written in version ${String(view.getUint8(0))} of the format, this process reads ${String(WIRE_VERSION)}: run the same release everywhere`,
    );
  }
  let at = PREFIX + view.getUint32(1);
  if (at > bytes.byteLength) throw new BusError('bus_message_invalid', 'truncated message: head incomplete');
  let head: unknown;
  try {
    head = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(PREFIX, at)));
  } catch (cause) {
    throw new BusError('bus_message_invalid', 'the head of a message is not valid JSON', cause);
  }
  const lengths = typeof head === 'object' && head !== null && 'parts' in head ? head.parts : undefined;
  if (!Array.isArray(lengths) || lengths.length > MOST_PARTS || !lengths.every((length) => Number.isSafeInteger(length) && length >= 0)) {
    throw new BusError('bus_message_invalid', 'the head of a message lacks the lengths of its parts');
  }
  const parts: Uint8Array[] = [];
  for (const length of lengths as number[]) {
    if (at + length > bytes.byteLength) throw new BusError('bus_message_invalid', 'truncated message: part incomplete');
    parts.push(new Uint8Array(bytes.subarray(at, at + length)));
    at += length;
  }
  if (at !== bytes.byteLength) throw new BusError('bus_message_invalid', 'message has trailing bytes');
  return { head: Object.fromEntries(Object.entries(head as Record<string, unknown>).filter(([key]) => key !== 'parts')), parts };
}
