import { headers, type Subscription } from '@nats-io/transport-node';
import { z } from 'zod';
import { newMarkerSchema } from '../events/mod.js';
import { decodeBegin, type Nats } from './nats/mod.js';
import { isId } from './ids.js';
import { answer, ask, fromBytes, NobodyError, toBytes } from './request.js';

/** Commands to the node that runs a session. */
const orderSchema = z.object({
  v: z.literal(1),
  session: z.string(),
  order: z.discriminatedUnion('do', [
    z.object({ do: z.literal('end') }),
    z.object({ do: z.literal('false_alarms'), per_minute: z.number() }),
    z.object({ do: z.literal('mark'), marker: newMarkerSchema, arrived: z.number() }),
  ]),
});
export type Command = z.infer<typeof orderSchema>['order'];

/** Handles a command; `undefined` where this node does not run the session. */
export type Handle = (session: string, command: Command) => Promise<unknown>;

/** Milliseconds for a command: ending a session waits for its alerts. */
const COMMAND_TIMEOUT_MS = 30_000;

/** Sends commands to the node that runs a session. */
export class Control {
  readonly #nats: Nats;
  readonly #subscription: Subscription;

  constructor(nats: Nats, handle: Handle) {
    this.#nats = nats;
    this.#subscription = nats.nc.subscribe(nats.subject('control', nats.node), {
      callback: (error, message) => {
        if (error) return;
        void answer(
          message,
          async (question) => {
            const { session, order } = orderSchema.parse(question);
            return toBytes(await handle(session, order));
          },
          (text) => {
            const head = headers();
            head.set('Mellm-Error', text);
            return { headers: head };
          },
        );
      },
    });
  }

  /** The response of the session's node; `undefined` where no node runs it. */
  async send(session: string, command: Command): Promise<unknown> {
    const nats = this.#nats;
    if (!isId(session)) return undefined;
    const begin = await nats.message(nats.stream('EVENTS'), { last_by_subj: nats.subject('session', session, 'begin') });
    if (!begin) return undefined;
    try {
      return (
        fromBytes(
          await ask(nats, nats.subject('control', decodeBegin(begin.data).node), { v: 1, session, order: command }, COMMAND_TIMEOUT_MS),
        ) ?? undefined
      );
    } catch (error) {
      if (error instanceof NobodyError) return undefined;
      throw error;
    }
  }

  close(): void {
    this.#subscription.unsubscribe();
  }
}
