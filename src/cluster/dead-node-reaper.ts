import type { DurableEvent } from '../events/mod.js';
import { decodeBegin, decodeEvents, encodeEvents, EventReader, type Nats } from './nats/mod.js';
import { after, beginning, missingEnd, type SessionRecord } from '../store/mod.js';
import type { LiveSessions } from './live-sessions.js';
import type { Nodes } from './nodes.js';

/** Options of {@link DeadNodeReaper}. */
export interface DeadNodeReaperOptions {
  readonly nats: Nats;
  readonly nodes: Nodes;
  readonly live: LiveSessions;
  /** Told of each session that was ended for a node that died. */
  readonly onEnded?: (session: string, node: string) => void;
  readonly onProblem?: (message: string, error: unknown) => void;
}

/** Milliseconds between looks. */
const LOOK = 1000;
/** Events of a session at most, ten times what one of a day has. */
const MOST_EVENTS = 1_000_000;

/**
 * Ends the sessions of nodes that died: closes what they had open, with what is known of it, and tells `session.ended`. Several
 * processes do so at once; the stream takes only the first one's word, and nothing more from a node that was only thought dead.
 */
export class DeadNodeReaper {
  readonly #options: DeadNodeReaperOptions;
  readonly #timer: NodeJS.Timeout;
  #looking: Promise<void> = Promise.resolve();
  #busy = false;

  constructor(options: DeadNodeReaperOptions) {
    this.#options = options;
    this.#timer = setInterval(() => {
      if (this.#busy) return;
      this.#busy = true;
      this.#looking = this.#look().finally(() => {
        this.#busy = false;
      });
    }, LOOK);
    this.#timer.unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { nodes, live, onProblem } = this.#options;
    for (const node of nodes.dead()) {
      try {
        for (const session of await live.of(node)) await this.#end(session, node);
        await nodes.reap(node);
      } catch (error) {
        onProblem?.('the sessions of a node that died could not be ended; it is tried again', error);
      }
    }
  }

  async #end(session: string, node: string): Promise<void> {
    const { nats, live, onEnded } = this.#options;
    const stream = nats.stream('EVENTS');
    const subject = nats.subject('session', session, 'events');
    const events = await new EventReader(nats).read(session, 0, MOST_EVENTS);
    if (events.at(-1)?.type !== 'session.ended') {
      const [begin, last] = await Promise.all([
        nats.message(stream, { last_by_subj: nats.subject('session', session, 'begin') }),
        nats.message(stream, { last_by_subj: subject }),
      ]);
      const seq = last ? decodeEvents(last.data).events.at(-1)?.seq : 0;
      // It speaks after all; the next look sees more.
      if (seq !== (events.at(-1)?.seq ?? 0)) throw new Error(`session ${session} goes on`);
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
 * What is known of a session from its messages alone.
 *
 * @param session with the time at which it began
 * @param at when the last of the events was published: the session's end, where it is one
 */
export function recordOf(
  { id, name, started }: { readonly id: string; readonly name: string; readonly started: string },
  events: readonly DurableEvent[],
  at: string,
): SessionRecord {
  return events.reduce((record, event) => after(record, event, at), beginning({ id, name, started }));
}
