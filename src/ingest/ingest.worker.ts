import { serveWorker, type WorkerPort } from '../runtime/threads/mod.js';
import { liveHandlers } from './live-handlers.js';
import { onIceServer } from './webrtc/server-candidates.js';
import type { IngestEvents, IngestHandlers, IngestWorkerData } from './live-protocol.js';

function handlers(port: WorkerPort): IngestHandlers {
  const emit = <E extends keyof IngestEvents>(event: E, args: IngestEvents[E], transfer?: readonly ArrayBuffer[]): void => {
    port.emit(event, args, transfer);
  };
  onIceServer((server, up) => {
    emit('iceServer', [undefined, server, up]);
  });
  return liveHandlers(port.data as IngestWorkerData, (id) => (event) => {
    emit('source', [id, event], event.type === 'frame' ? [event.frame.data.buffer] : undefined);
  });
}

await serveWorker(handlers);
