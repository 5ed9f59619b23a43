import { PictureBuffers } from '../../ingest/decode/picture-buffers.js';
import { liveHandlers } from '../../ingest/live-handlers.js';
import { onIceServer } from '../../ingest/webrtc/server-candidates.js';
import { serveWorker } from '../../runtime/threads/mod.js';
import { loadVisionModels } from '../vision/vision-models.js';
import { VisionSession } from '../vision/vision-session.js';
import { AnalysisQueue } from './analysis-queue.js';
import type { MediaEvents, MediaHandlers, MediaProcessData, ProcessUsage, SourceMessage } from './media-protocol.js';
import { MediaSession } from './media-session.js';

const USAGE_INTERVAL_MS = 1000;

/** Receives, decodes, tracks and measures: a frame never leaves this process. */
await serveWorker<MediaHandlers, MediaEvents>((port) => {
  const { ingest, vision: visionOptions, maxFaces, queue } = port.data as MediaProcessData;
  const models = loadVisionModels(visionOptions);
  const frames = new AnalysisQueue(queue);
  const buffers = new PictureBuffers();
  const sessions = new Map<number, MediaSession>();
  onIceServer((server, up) => {
    port.emit('iceServer', [undefined, server, up]);
  });
  setInterval(() => {
    port.emit('usage', [undefined, usage()]);
  }, USAGE_INTERVAL_MS).unref();
  const live = liveHandlers(
    ingest,
    (id) => {
      const send = (message: SourceMessage): void => {
        port.emit('source', [id, message]);
      };
      const vision = new VisionSession(models.face, { maxFaces, firstFace: 1 }, models.net);
      const session = new MediaSession(vision, { send, port, buffers });
      sessions.set(id, session);
      return (event) => {
        if (event.type === 'frame') frames.push(session, event.frame);
        else if (event.type === 'end')
          // The frames that came before the end are analysed before it.
          frames.whenDrained(session, () => {
            send(event);
          });
        else send(event);
      };
    },
    buffers,
  );
  return {
    ...live,
    publish: async (id, ...args) =>
      live.publish(id, ...args).catch((error: unknown) => {
        sessions.delete(id);
        throw error;
      }),
    crops: (id, face, onset, apex, asOf) => sessions.get(id)?.crops(face, onset, apex, asOf),
    release: (id) => {
      sessions.delete(id);
    },
  };
});

function usage(): ProcessUsage {
  const { user, system } = process.cpuUsage();
  return { cpu: (user + system) / 1e6, rss: process.memoryUsage.rss() };
}
