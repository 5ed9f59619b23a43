import { randomBytes } from 'node:crypto';
import { digest } from './digest.js';
import type { Identity } from './identity.js';

export interface TicketsOptions {
  /** Milliseconds for which a ticket is valid. Default 30 000. */
  readonly life?: number;
  /** Unused tickets in memory; beyond, the oldest is dropped. Default 10 000. */
  readonly most?: number;
  /** Milliseconds; for tests. */
  readonly now?: () => number;
}

/** Issues and redeems tickets, in this process or for all processes of an installation. */
export interface TicketStore {
  /** Milliseconds for which a ticket is valid. */
  readonly life: number;
  issue(identity: Identity): string | Promise<string>;
  /** The identity of a ticket, which is used up. */
  redeem(ticket: string): Identity | undefined | Promise<Identity | undefined>;
}

/** One-time tickets, with which a client that can set neither headers nor subprotocols opens a WebSocket. */
export class Tickets implements TicketStore {
  /** By digest, oldest first. */
  readonly #issued = new Map<string, { readonly identity: Identity; readonly until: number }>();
  readonly #options: Required<TicketsOptions>;

  constructor(options: TicketsOptions = {}) {
    this.#options = { life: 30_000, most: 10_000, now: Date.now, ...options };
  }

  get life(): number {
    return this.#options.life;
  }

  issue(identity: Identity): string {
    const { most, life, now } = this.#options;
    for (const [key, { until }] of this.#issued) {
      if (until > now() && this.#issued.size < most) break;
      this.#issued.delete(key);
    }
    const ticket = randomBytes(24).toString('base64url');
    this.#issued.set(digest(ticket).toString('hex'), { identity, until: now() + life });
    return ticket;
  }

  /** The identity of a ticket, which is used up. Looked up by digest, so that timing reveals nothing about the ticket. */
  redeem(ticket: string): Identity | undefined {
    const key = digest(ticket).toString('hex');
    const found = this.#issued.get(key);
    this.#issued.delete(key);
    return found && found.until > this.#options.now() ? found.identity : undefined;
  }
}
