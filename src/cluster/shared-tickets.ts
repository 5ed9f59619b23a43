import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream';
import { Kvm, type KV } from '@nats-io/kv';
import { z } from 'zod';
import { BusError } from '../events/bus/mod.js';
import type { Nats } from './nats/mod.js';
import { GRANTS } from '../config/mod.js';

/** Who a ticket was given to. */
const holderSchema = z.object({
  v: z.literal(1),
  id: z.string(),
  grants: z.array(z.enum(GRANTS)),
  session: z.string().optional(),
  expires: z.number().optional(),
  anonymous: z.boolean(),
});

/** Who asked for a ticket, as the server knows them. */
export type TicketHolder = Readonly<Pick<z.infer<typeof holderSchema>, 'id' | 'anonymous'>> & {
  readonly grants: readonly z.infer<typeof holderSchema>['grants'][number][];
  readonly session: string | undefined;
  readonly expires: number | undefined;
};

/** Options of {@link SharedTickets.open}. */
export interface SharedTicketsOptions {
  /** Milliseconds that a ticket may be used. Default 30 000. */
  readonly life?: number;
}

/** Bytes of unused tickets, some tens of thousands; beyond them none are given out. */
const MOST_BYTES = 16 * 2 ** 20;

/**
 * One-time tickets that are good at every `api` process. They lie in a KV bucket that forgets them, by the digest of the ticket and
 * sealed with a key made from it: who reads NATS, or its disk, learns neither the ticket nor whose it is.
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
    const kv = await new Kvm(nats.js).create(nats.stream('tickets'), { ...nats.bucket, ttl: life, max_bytes: MOST_BYTES });
    return new SharedTickets(nats, kv, life);
  }

  /** @throws BusError where NATS can't keep it */
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

  /** Whose it is; undefined where it was used, has expired or never existed. @throws BusError where NATS can't say */
  async redeem(ticket: string): Promise<TicketHolder | undefined> {
    const key = keyOf(ticket);
    const entry = await this.#ask((kv) => kv.get(key));
    if (entry?.operation !== 'PUT') return undefined;
    // Of several who use it at the same time, at whatever process, NATS takes the word of one.
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
    if (!this.#nats.connected) throw new BusError('bus_unreachable', 'NATS is away; it is tried again by itself');
    try {
      return await question(this.#kv);
    } catch (cause) {
      throw new BusError(
        'bus_unreachable',
        `NATS does not keep tickets now (${cause instanceof Error ? cause.message : String(cause)})`,
        cause,
      );
    }
  }
}

const keyOf = (ticket: string): string => createHash('sha256').update(ticket).digest('hex');

/** A ticket is used as a key once, for one text. */
const cipherKey = (ticket: string): Buffer => Buffer.from(hkdfSync('sha256', ticket, '', 'mellm-live ticket', 32));
const ONCE = Buffer.alloc(12);

function seal(ticket: string, text: string): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', cipherKey(ticket), ONCE);
  return Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
}

/** The value that was sealed; undefined where it was not sealed with this ticket. */
function unseal(ticket: string, sealed: Uint8Array): unknown {
  try {
    const decipher = createDecipheriv('aes-256-gcm', cipherKey(ticket), ONCE, { authTagLength: 16 });
    decipher.setAuthTag(sealed.subarray(-16));
    return JSON.parse(Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]).toString('utf8'));
  } catch {
    return undefined;
  }
}
