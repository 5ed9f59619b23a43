import { serveWorker, type WorkerPort } from '../runtime/threads/mod.js';
import { liveHandlers } from './live-handlers.js';
import { onIceServer } from './webrtc/server-candidates.js';
import type { IngestEvents, IngestHandlers, IngestWorkerData } from './live-protocol.js';

function handlers(port: WorkerPort<IngestEvents>): IngestHandlers {
  onIceServer((server, up) => {
    port.emit('iceServer', [undefined, server, up]);
  });
  return liveHandlers(port.data as IngestWorkerData, (id) => (event) => {
    port.emit('source', [id, event], event.type === 'frame' ? [event.frame.data.buffer] : undefined);
  });
}

await serveWorker(handlers);
