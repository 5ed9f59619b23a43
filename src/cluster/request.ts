import type { Msg } from '@nats-io/transport-node';
import { BusError } from '../events/bus/mod.js';
import type { Nats } from './nats/mod.js';

/** Bytes of a response per message; the default limit of NATS is 1 MiB. */
const CHUNK = 512 * 1024;

/** No process with the role answers. */
export class NobodyError extends BusError {
  constructor(subject: string) {
    super('bus_unreachable', `no process answers ${subject}; check that one with that role runs`);
  }
}

/**
 * Sends a JSON request to another process; the response is bytes in as many messages as needed, ended by an empty one.
 *
 * @param timeout milliseconds to wait for the response
 * @param most bytes of the response
 * @throws NobodyError where no process listens; BusError where it failed or did not answer in time
 */
export async function ask(nats: Nats, subject: string, question: unknown, timeout = 5000, most = Infinity): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  if (!nats.connected) throw new BusError('bus_unreachable', 'NATS is unreachable; reconnecting');
  try {
    for await (const message of await nats.nc.requestMany(subject, JSON.stringify(question), { strategy: 'sentinel', maxWait: timeout })) {
      const failure = message.headers?.get('Mellm-Error');
      if (failure !== undefined && failure !== '') throw new BusError('bus_unreachable', failure);
      if (message.data.byteLength === 0) return Buffer.concat(chunks);
      bytes += message.data.byteLength;
      if (bytes > most) throw new BusError('bus_message_invalid', `the response from ${subject} exceeds ${String(most)} bytes`);
      chunks.push(message.data);
    }
  } catch (error) {
    throw error instanceof Error && error.name === 'NoResponders' ? new NobodyError(subject) : error;
  }
  throw new BusError('bus_unreachable', `no complete response from ${subject} within ${String(timeout / 1000)} s`);
}

/** Answers a request of {@link ask}. */
export async function answer(
  message: Msg,
  make: (question: unknown) => Promise<Uint8Array>,
  failed: (text: string) => Parameters<Msg['respond']>[1],
): Promise<void> {
  let bytes: Uint8Array;
  try {
    bytes = await make(JSON.parse(message.string()));
  } catch (error) {
    message.respond(' ', failed((error instanceof Error ? error.message : String(error)).replaceAll(/[^\x20-\x7e]/g, '?')));
    return;
  }
  for (let at = 0; at < bytes.byteLength; at += CHUNK) message.respond(bytes.subarray(at, at + CHUNK));
  message.respond(new Uint8Array());
}

/** JSON as bytes and back; `undefined` is null. */
export const toBytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value ?? null));
export const fromBytes = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes));
