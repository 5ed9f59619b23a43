import { PictureBuffers } from '../../ingest/decode/picture-buffers.js';
import { liveHandlers } from '../../ingest/live-handlers.js';
import { onIceServer } from '../../ingest/webrtc/server-candidates.js';
import { serveWorker } from '../../runtime/threads/mod.js';
import { loadVisionModels } from '../vision/vision-models.js';
import { VisionSession } from '../vision/vision-session.js';
import { AnalysisQueue } from './analysis-queue.js';
import type { MediaEvents, MediaHandlers, MediaProcessData, ProcessUsage, SourceMessage } from './media-protocol.js';
import { MediaSession } from './media-session.js';

/** Messages that may wait for main to read them before frames are left out: a few seconds of a few sessions. */
const MAX_BACKLOG = 256;
const USAGE_INTERVAL_MS = 1000;

/** Receives, decodes, tracks and measures: a frame never leaves this process. */
await serveWorker<MediaHandlers>((port) => {
  const { ingest, vision, maxFaces, queue } = port.data as MediaProcessData;
  const models = loadVisionModels(vision);
  const frames = new AnalysisQueue(queue);
  const buffers = new PictureBuffers();
  const sessions = new Map<number, MediaSession>();
  const emit = <E extends keyof MediaEvents>(event: E, args: MediaEvents[E]): void => {
    port.emit(event, args);
  };
  onIceServer((server, up) => {
    emit('iceServer', [undefined, server, up]);
  });
  setInterval(() => {
    emit('usage', [undefined, usage()]);
  }, USAGE_INTERVAL_MS).unref();
  const live = liveHandlers(
    ingest,
    (id) => {
      const pass = (message: SourceMessage): void => {
        emit('source', [id, message]);
      };
      const session = new MediaSession(new VisionSession(models.face, { maxFaces, firstFace: 1 }, models.net), {
        event: pass,
        done: ({ data }) => {
          buffers.giveBack(data);
        },
        get congested() {
          return port.backlog > MAX_BACKLOG;
        },
      });
      sessions.set(id, session);
      return (event) => {
        if (event.type === 'frame') frames.push(session, event.frame);
        else if (event.type === 'end')
          // The frames that came before the end are analysed before it.
          frames.whenDrained(session, () => {
            pass(event);
          });
        else pass(event);
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
