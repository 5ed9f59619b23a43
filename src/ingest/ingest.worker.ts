import { workerData } from 'node:worker_threads';
import { serveWorker, type WorkerPort } from '../threads/mod.js';
import type { IngestEvents, IngestHandlers, IngestWorkerData } from './live-protocol.js';
import { LiveSession } from './receive/live-session.js';
import { WhipError } from './whip-error.js';

const sessions = new Map<number, LiveSession>();

function handlers(port: WorkerPort): IngestHandlers {
  const options = workerData as IngestWorkerData;
  const tell = <E extends keyof IngestEvents>(event: E, ...args: IngestEvents[E]): void => { port.emit(event, args); };
  const find = (id: number): LiveSession => {
    const session = sessions.get(id);
    if (!session) throw new WhipError('session_over', 'this session is over; publish anew');
    return session;
  };
  return {
    publish: async (id, offer, taken) => {
      const { session, reply } = await LiveSession.open(offer, options, taken, {
        format: (format) => { tell('format', id, format); },
        frame: (frame) => { port.emit('frame', [id, frame], [frame.data.buffer]); },
        counters: (counters) => { tell('counters', id, counters); },
        gap: (reason) => { tell('gap', id, reason); },
        fault: (code, message) => { tell('fault', id, code, message); },
        end: (reason, message) => {
          sessions.delete(id);
          tell('end', id, reason, message);
        },
      });
      sessions.set(id, session);
      return reply;
    },
    trickle: (id, fragment, ifMatch) => find(id).trickle(fragment, ifMatch),
    requestKeyframe: (id) => { sessions.get(id)?.requestKeyframe(); },
    close: async (id, reason) => { await sessions.get(id)?.close(reason); },
  };
}

await serveWorker(handlers);
