import type { DurableEvent } from '../events/mod.js';
import { decodeBegin, decodeEvents, encodeEvents, EventReader, type Nats } from './nats/mod.js';
import { after, beginning, missingEnd, type SessionRecord } from '../store/mod.js';
import type { LiveSessionList } from './live-sessions.js';
import type { Nodes } from './nodes.js';

export interface DeadNodeReaperOptions {
  readonly nats: Nats;
  readonly nodes: Nodes;
  readonly live: LiveSessionList;
  /** Called for each session that was ended because its node died. */
  readonly onEnded?: (session: string, node: string) => void;
  readonly onProblem?: (message: string, error: unknown) => void;
}

/** Milliseconds between checks for dead nodes. */
const POLL_INTERVAL_MS = 1000;
/** Events of a session that are read: ten times those of a whole day. */
const MAX_EVENTS = 1_000_000;

/**
 * Ends the sessions of dead nodes: closes their open annotations with what is known, and publishes `session.ended`. Several processes
 * may do so at once: the stream accepts the first only, and nothing more from a node that was wrongly taken for dead.
 */
export class DeadNodeReaper {
  readonly #options: DeadNodeReaperOptions;
  readonly #timer: NodeJS.Timeout;
  #reaping: Promise<void> = Promise.resolve();
  #busy = false;

  constructor(options: DeadNodeReaperOptions) {
    this.#options = options;
    this.#timer = setInterval(() => {
      if (this.#busy) return;
      this.#busy = true;
      this.#reaping = this.#reap().finally(() => {
        this.#busy = false;
      });
    }, POLL_INTERVAL_MS);
    this.#timer.unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#reaping;
  }

  async #reap(): Promise<void> {
    const { nodes, live, onProblem } = this.#options;
    for (const node of nodes.dead()) {
      try {
        for (const session of await live.of(node)) await this.#end(session, node);
        await nodes.reap(node);
      } catch (error) {
        onProblem?.('could not end the sessions of dead node; retrying', error);
      }
    }
  }

  async #end(session: string, node: string): Promise<void> {
    const { nats, live, onEnded } = this.#options;
    const stream = nats.stream('EVENTS');
    const subject = nats.subject('session', session, 'events');
    const events = await new EventReader(nats).read(session, 0, MAX_EVENTS);
    if (events.at(-1)?.type !== 'session.ended') {
      const [begin, last] = await Promise.all([
        nats.message(stream, { last_by_subj: nats.subject('session', session, 'begin') }),
        nats.message(stream, { last_by_subj: subject }),
      ]);
      const seq = last ? decodeEvents(last.data).events.at(-1)?.seq : 0;
      // The node still publishes; the next check sees more.
      if (seq !== (events.at(-1)?.seq ?? 0)) throw new Error(`session ${session} is still active`);
      if (begin) {
        const { session: begun, at } = decodeBegin(begin.data);
        const end = missingEnd(recordOf({ ...begun, started: at }, events, last ? decodeEvents(last.data).at : at), events);
        await nats.js.publish(subject, encodeEvents(end, new Date().toISOString()), {
          msgID: `${session}:end:${nats.node}`,
          expect: { lastSubjectSequence: last?.seq ?? 0 },
          timeout: 5000,
        });
        onEnded?.(session, node);
      }
    }
    await live.remove(node, session);
  }
}

/**
 * Reconstructs a session's record from its messages.
 *
 * @param at when the last event was published: the session's end, if that is `session.ended`
 */
export function recordOf(
  { id, name, started }: { readonly id: string; readonly name: string; readonly started: string },
  events: readonly DurableEvent[],
  at: string,
): SessionRecord {
  return events.reduce((record, event) => after(record, event, at), beginning({ id, name, started }));
}
