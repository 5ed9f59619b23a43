import { PictureBuffers } from '../../ingest/decode/picture-buffers.js';
import { liveHandlers } from '../../ingest/live-handlers.js';
import { onIceServer } from '../../ingest/webrtc/server-candidates.js';
import { serveWorker } from '../../runtime/threads/mod.js';
import { loadVisionModels } from '../vision/vision-models.js';
import { VisionSession } from '../vision/vision-session.js';
import { AnalysisQueue } from './analysis-queue.js';
import type { MediaEvents, MediaHandlers, MediaProcessData, ProcessUsage } from './media-protocol.js';
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
  const tell = <E extends keyof MediaEvents>(event: E, ...args: MediaEvents[E]): void => {
    port.emit(event, args);
  };
  onIceServer((server, up) => {
    tell('iceServer', undefined, server, up);
  });
  setInterval(() => {
    port.emit('usage', [undefined, usage()]);
  }, USAGE_INTERVAL_MS).unref();
  const live = liveHandlers(
    ingest,
    (id) => {
      const session = new MediaSession(new VisionSession(models.face, { maxFaces, firstFace: 1 }, models.net), {
        done: ({ data }) => {
          buffers.giveBack(data);
        },
        get congested() {
          return port.backlog > MAX_BACKLOG;
        },
        analyzed: (frame) => {
          tell('analyzed', id, frame);
        },
        unanalyzed: (frame) => {
          tell('unanalyzed', id, frame);
        },
      });
      sessions.set(id, session);
      return {
        format: (format) => {
          tell('format', id, format);
        },
        frame: (frame) => {
          frames.push(session, frame);
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
        // The frames that came before the end are analysed before it.
        end: (reason, message) => {
          frames.whenDrained(session, () => {
            tell('end', id, reason, message);
          });
        },
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
