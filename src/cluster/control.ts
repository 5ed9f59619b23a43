import { headers, type Subscription } from '@nats-io/transport-node';
import { z } from 'zod';
import { decodeBegin, type Nats } from './nats/mod.js';
import { isId } from './ids.js';
import { answer, ask, fromBytes, NobodyError, toBytes } from './request.js';

/** What may be asked of the node that has a session. */
const orderSchema = z.object({
  v: z.literal(1),
  session: z.string(),
  order: z.discriminatedUnion('do', [
    z.object({ do: z.literal('end') }),
    z.object({ do: z.literal('false_alarms'), per_minute: z.number() }),
  ]),
});
export type Command = z.infer<typeof orderSchema>['order'];

/** Does an order; `undefined` where this node does not have the session. */
export type Handle = (session: string, order: Command) => Promise<unknown>;

/** Milliseconds for an order: a session that is ended lets its alerts be finished. */
const PATIENCE = 30_000;

/** Carries orders to the node that has a session. */
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

  /** What the session's node answers; `undefined` where no node has it. */
  async give(session: string, order: Command): Promise<unknown> {
    const nats = this.#nats;
    if (!isId(session)) return undefined;
    const begin = await nats.message(nats.stream('EVENTS'), { last_by_subj: nats.subject('session', session, 'begin') });
    if (!begin) return undefined;
    try {
      return (
        fromBytes(await ask(nats, nats.subject('control', decodeBegin(begin.data).node), { v: 1, session, order }, PATIENCE)) ?? undefined
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
