import type { PictureBuffers } from './decode/picture-buffers.js';
import type { IngestHandlers, IngestWorkerData } from './live-protocol.js';
import { LiveSession } from './receive/live-session.js';
import type { SourceListener } from './contract.js';
import { WhipError } from './whip-error.js';

/**
 * Answers a worker's calls about publishers.
 *
 * @param listenerOf the receiver of a session's events
 * @param buffers memory for frames that stay in the worker
 */
export function liveHandlers(
  options: IngestWorkerData,
  listenerOf: (session: number) => SourceListener,
  buffers?: PictureBuffers,
): IngestHandlers {
  const sessions = new Map<number, LiveSession>();
  const find = (id: number): LiveSession => {
    const session = sessions.get(id);
    if (!session) throw new WhipError('session_over', 'this session is over; publish again');
    return session;
  };
  return {
    publish: async (id, offer, taken) => {
      const listener = listenerOf(id);
      const { session, reply } = await LiveSession.open(offer, options, {
        listener,
        onEnd: () => {
          sessions.delete(id);
        },
        taken,
        buffers,
      });
      sessions.set(id, session);
      return reply;
    },
    trickle: (id, fragment, ifMatch) => find(id).trickle(fragment, ifMatch),
    close: async (id, reason) => {
      await sessions.get(id)?.close(reason);
    },
  };
}
