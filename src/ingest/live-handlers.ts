import type { PictureBuffers } from './decode/picture-buffers.js';
import type { IngestHandlers, IngestWorkerData } from './live-protocol.js';
import { LiveSession, type LiveSessionEvents } from './receive/live-session.js';
import { WhipError } from './whip-error.js';

/**
 * Answers a worker's calls about publishers. `eventsOf` says where what a session's publisher sends goes; `buffers` is for frames that
 * stay in the worker.
 */
export function liveHandlers(
  options: IngestWorkerData,
  eventsOf: (session: number) => LiveSessionEvents,
  buffers?: PictureBuffers,
): IngestHandlers {
  const sessions = new Map<number, LiveSession>();
  const find = (id: number): LiveSession => {
    const session = sessions.get(id);
    if (!session) throw new WhipError('session_over', 'this session is over; publish anew');
    return session;
  };
  return {
    publish: async (id, offer, taken) => {
      const events = eventsOf(id);
      const { session, reply } = await LiveSession.open(
        offer,
        options,
        { taken, buffers },
        {
          ...events,
          end: (reason, message) => {
            sessions.delete(id);
            events.end(reason, message);
          },
        },
      );
      sessions.set(id, session);
      return reply;
    },
    trickle: (id, fragment, ifMatch) => find(id).trickle(fragment, ifMatch),
    requestKeyframe: (id) => {
      sessions.get(id)?.requestKeyframe();
    },
    close: async (id, reason) => {
      await sessions.get(id)?.close(reason);
    },
  };
}
