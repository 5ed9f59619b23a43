import { serveWorker, type WorkerPort } from '../runtime/threads/mod.js';
import { liveHandlers } from './live-handlers.js';
import { onIceServer } from './webrtc/server-candidates.js';
import type { IngestEvents, IngestHandlers, IngestWorkerData } from './live-protocol.js';

function handlers(port: WorkerPort): IngestHandlers {
  const tell = <E extends keyof IngestEvents>(event: E, ...args: IngestEvents[E]): void => {
    port.emit(event, args);
  };
  onIceServer((server, up) => {
    tell('iceServer', undefined, server, up);
  });
  return liveHandlers(port.data as IngestWorkerData, (id) => ({
    format: (format) => {
      tell('format', id, format);
    },
    frame: (frame) => {
      port.emit('frame', [id, frame], [frame.data.buffer]);
    },
    counters: (counters) => {
      tell('counters', id, counters);
    },
    gap: (reason) => {
      tell('gap', id, reason);
    },
    fault: (code, message) => {
      tell('fault', id, code, message);
    },
    end: (reason, message) => {
      tell('end', id, reason, message);
    },
  }));
}

await serveWorker(handlers);
