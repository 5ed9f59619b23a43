import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream';
import { Kvm, type KV } from '@nats-io/kv';
import { z } from 'zod';
import { BusError } from '../events/bus/mod.js';
import type { Nats } from './nats/mod.js';
import { GRANTS } from '../config/mod.js';

/** The identity that a ticket stands for. */
const holderSchema = z.object({
  v: z.literal(1),
  id: z.string(),
  grants: z.array(z.enum(GRANTS)),
  session: z.string().optional(),
  expires: z.number().optional(),
  anonymous: z.boolean(),
});

export type TicketHolder = Readonly<Pick<z.infer<typeof holderSchema>, 'id' | 'anonymous'>> & {
  readonly grants: readonly z.infer<typeof holderSchema>['grants'][number][];
  readonly session: string | undefined;
  readonly expires: number | undefined;
};

export interface SharedTicketsOptions {
  /** Milliseconds for which a ticket is valid. Default 30 000. */
  readonly life?: number;
}

/** Bytes of unused tickets, some tens of thousands; beyond, none are issued. */
const MAX_BYTES = 16 * 2 ** 20;

/**
 * One-time tickets that every `api` process accepts. They are stored in a KV bucket with a TTL, under the digest of the ticket and
 * encrypted with a key derived from it: reading NATS, or its disk, reveals neither the ticket nor its owner.
 */
export class SharedTickets {
  readonly life: number;
  readonly #nats: Nats;
  readonly #kv: KV;

  private constructor(nats: Nats, kv: KV, life: number) {
    this.#nats = nats;
    this.#kv = kv;
    this.life = life;
  }

  static async open(nats: Nats, { life = 30_000 }: SharedTicketsOptions = {}): Promise<SharedTickets> {
    const kv = await new Kvm(nats.js).create(nats.stream('tickets'), { ...nats.bucket, ttl: life, max_bytes: MAX_BYTES });
    return new SharedTickets(nats, kv, life);
  }

  /** @throws BusError where NATS cannot store it */
  async issue({ id, grants, session, expires, anonymous }: TicketHolder): Promise<string> {
    const ticket = randomBytes(24).toString('base64url');
    const holder = {
      v: 1,
      id,
      grants: [...grants],
      ...(session === undefined ? {} : { session }),
      ...(expires === undefined ? {} : { expires }),
      anonymous,
    } satisfies z.infer<typeof holderSchema>;
    await this.#ask((kv) => kv.create(keyOf(ticket), seal(ticket, JSON.stringify(holder))));
    return ticket;
  }

  /** The identity of a ticket; undefined where it was used, has expired or never existed. @throws BusError where NATS fails */
  async redeem(ticket: string): Promise<TicketHolder | undefined> {
    const key = keyOf(ticket);
    const entry = await this.#ask((kv) => kv.get(key));
    if (entry?.operation !== 'PUT') return undefined;
    // Of concurrent uses, at whatever process, NATS accepts one.
    const first = await this.#ask(async (kv) => {
      try {
        await kv.delete(key, { previousSeq: entry.revision });
      } catch (error) {
        if (error instanceof JetStreamApiError && (error.code as JetStreamApiCodes) === JetStreamApiCodes.StreamWrongLastSequence)
          return false;
        throw error;
      }
      return true;
    });
    if (!first) return undefined;
    const holder = holderSchema.safeParse(unseal(ticket, entry.value));
    return holder.success ? { ...holder.data, session: holder.data.session, expires: holder.data.expires } : undefined;
  }

  async #ask<T>(question: (kv: KV) => Promise<T>): Promise<T> {
    if (!this.#nats.connected) throw new BusError('bus_unreachable', 'NATS is unreachable; reconnecting');
    try {
      return await question(this.#kv);
    } catch (cause) {
      throw new BusError('bus_unreachable', `NATS cannot store tickets (${cause instanceof Error ? cause.message : String(cause)})`, cause);
    }
  }
}

const keyOf = (ticket: string): string => createHash('sha256').update(ticket).digest('hex');

/** Each key encrypts one text only, so a fixed nonce is safe. */
const cipherKey = (ticket: string): Buffer => Buffer.from(hkdfSync('sha256', ticket, '', 'mellm-live ticket', 32));
const NONCE = Buffer.alloc(12);

function seal(ticket: string, text: string): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', cipherKey(ticket), NONCE);
  return Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
}

/** The sealed value; undefined where it was sealed with another ticket. */
function unseal(ticket: string, sealed: Uint8Array): unknown {
  try {
    const decipher = createDecipheriv('aes-256-gcm', cipherKey(ticket), NONCE, { authTagLength: 16 });
    decipher.setAuthTag(sealed.subarray(-16));
    return JSON.parse(Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]).toString('utf8'));
  } catch {
    return undefined;
  }
}
