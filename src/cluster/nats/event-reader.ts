import type { DurableEvent } from '../../events/schema.js';
import type { Nats } from './connection.js';
import { decodeEvents } from './wire.js';

/** Sessions whose stream position is cached. */
const REMEMBERED = 1000;

/** Reads a session's durable events from the stream, in any process. */
export class EventReader {
  readonly #nats: Nats;
  /** The last message read of each session: its last `seq` and stream sequence, so that readers need not start over. */
  readonly #marks = new Map<string, { readonly seq: number; readonly stored: number }>();

  constructor(nats: Nats) {
    this.#nats = nats;
  }

  /** Events with `seq > since` that the stream holds, oldest first, at most `limit`. */
  async read(session: string, since: number, limit: number): Promise<DurableEvent[]> {
    const mark = this.#marks.get(session);
    let from = mark && mark.seq <= since ? mark.stored + 1 : 1;
    if (from === 1 && since > 0) {
      const last = await this.last(session);
      const seq = last?.at(-1)?.seq ?? 0;
      if (last && (seq <= since || (last[0]?.seq ?? 0) === since + 1)) return last.filter((event) => event.seq > since).slice(0, limit);
    }
    const found: DurableEvent[] = [];
    while (found.length < limit) {
      const message = await this.#nats.message(this.#nats.stream('EVENTS'), { seq: from, next_by_subj: this.#subject(session) });
      if (!message) break;
      const { events } = decodeEvents(message.data);
      found.push(...events.filter((event) => event.seq > since));
      from = message.seq + 1;
      // A message cut by the limit is read again.
      if (found.length <= limit) this.#mark(session, events.at(-1)?.seq ?? 0, message.seq);
    }
    return found.slice(0, limit);
  }

  /** The events of the session's last message. */
  async last(session: string): Promise<readonly DurableEvent[] | undefined> {
    const message = await this.#nats.message(this.#nats.stream('EVENTS'), { last_by_subj: this.#subject(session) });
    return message ? decodeEvents(message.data).events : undefined;
  }

  forget(session: string): void {
    this.#marks.delete(session);
  }

  #subject(session: string): string {
    return this.#nats.subject('session', session, 'events');
  }

  #mark(session: string, seq: number, stored: number): void {
    this.#marks.delete(session);
    this.#marks.set(session, { seq, stored });
    if (this.#marks.size > REMEMBERED) this.#marks.delete(this.#marks.keys().next().value ?? '');
  }
}
