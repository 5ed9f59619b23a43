import type { Nats } from './nats/mod.js';
import { imageSubject } from './bus-store.js';

/**
 * Erases a session from NATS: its messages, each overwritten on the server's disk, and its images; every process is notified to forget it.
 *
 * @returns whether the stream held any of its messages
 */
export async function purgeSession(nats: Nats, session: string): Promise<boolean> {
  const stream = nats.stream('EVENTS');
  let found = false;
  for (const kind of ['begin', 'events']) {
    let from = 1;
    for (;;) {
      const message = await nats.message(stream, { seq: from, next_by_subj: nats.subject('session', session, kind) });
      if (!message) break;
      await nats.jsm.streams.deleteMessage(stream, message.seq, true);
      from = message.seq + 1;
      found = true;
    }
  }
  await nats.jsm.streams.purge(nats.stream('IMAGES'), { filter: imageSubject(nats, session, '*', '*') });
  nats.nc.publish(nats.subject('forget', session));
  return found;
}
