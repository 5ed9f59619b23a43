import { createInbox, type Subscription } from '@nats-io/transport-node';
import type { EphemeralEvent } from '../../events/schema.js';
import type { Nats } from './connection.js';
import { encodeEphemeral } from './wire.js';

/** Milliseconds between probes for subscribers of a session: the longest delay for a new subscriber. */
const ASK = 1000;

/**
 * Publishes ephemeral events while a session has subscribers. Once a second one event carries a reply subject: without subscribers NATS
 * replies "no responders" (503), and the session's ephemeral events are skipped until the next probe. This saves some twenty events per
 * second and session, encoding included, without registration of subscribers.
 */
export class EphemeralWriter {
  readonly #nats: Nats;
  readonly #inbox = createInbox();
  readonly #subscription: Subscription;
  readonly #sessions = new Map<string, { asked: number; unheardUntil: number }>();

  constructor(nats: Nats) {
    this.#nats = nats;
    this.#subscription = nats.nc.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        const session = this.#sessions.get(message.subject.split('.').at(-1) ?? '');
        if (!error && session && message.headers?.code === 503) session.unheardUntil = performance.now() + ASK;
      },
    });
  }

  publish(event: EphemeralEvent): void {
    // During a disconnect these would pile up in the connection.
    if (!this.#nats.connected) return;
    const now = performance.now();
    let session = this.#sessions.get(event.session);
    if (!session) this.#sessions.set(event.session, (session = { asked: -Infinity, unheardUntil: -Infinity }));
    if (now < session.unheardUntil) return;
    const asks = now - session.asked >= ASK;
    if (asks) session.asked = now;
    this.#nats.nc.publish(
      this.#nats.subject('live', event.session),
      encodeEphemeral(event, this.#nats.node),
      asks ? { reply: `${this.#inbox}.${event.session}` } : {},
    );
  }

  /** A session has ended. */
  forget(session: string): void {
    this.#sessions.delete(session);
  }

  close(): void {
    this.#subscription.unsubscribe();
  }
}
