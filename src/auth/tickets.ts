import { randomBytes } from 'node:crypto';
import { digest } from './digest.js';
import type { Identity } from './identity.js';

/** Options of {@link Tickets}. */
export interface TicketsOptions {
  /** Milliseconds that a ticket may be used. Default 30 000. */
  readonly life?: number;
  /** Unused tickets at once; beyond, the oldest is forgotten. Default 10 000. */
  readonly most?: number;
  /** Milliseconds; for tests. */
  readonly now?: () => number;
}

/** Gives out tickets and takes them back, in this process or for all processes of an installation. */
export interface TicketStore {
  /** Milliseconds that a ticket may be used. */
  readonly life: number;
  issue(identity: Identity): string | Promise<string>;
  /** Whose it is; a second use finds nothing. */
  redeem(ticket: string): Identity | undefined | Promise<Identity | undefined>;
}

/** One-time tickets: what a client that can set neither headers nor subprotocols opens its WebSocket with. */
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

  /** Whose it is; a second use finds nothing. Found by digest, so that the time of the look-up tells nothing of the ticket. */
  redeem(ticket: string): Identity | undefined {
    const key = digest(ticket).toString('hex');
    const found = this.#issued.get(key);
    this.#issued.delete(key);
    return found && found.until > this.#options.now() ? found.identity : undefined;
  }
}
