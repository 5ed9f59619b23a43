import type { Frame } from '../../ingest/contract.js';
import { openFile, type FileSource } from '../../ingest/mod.js';
import { serveWorker } from '../../runtime/threads/mod.js';
import { loadVisionModels } from '../vision/vision-models.js';
import { VisionSession } from '../vision/vision-session.js';
import type { RecordingEvents, RecordingHandlers, RecordingProcessData } from './recording-protocol.js';

/** Decodes, tracks and measures one recording: what strangers uploaded can crash this process and no other. */
await serveWorker<RecordingHandlers>((port) => {
  const { path, vision, maxFaces } = port.data as RecordingProcessData;
  const models = loadVisionModels(vision);
  const session = new VisionSession(models.face, { maxFaces, firstFace: 1 }, models.net);
  const tell = <E extends keyof RecordingEvents>(event: E, ...args: RecordingEvents[E]): void => {
    port.emit(event, args);
  };
  let source: FileSource | undefined;

  const analyze = (frame: Frame): void => {
    const { decodeMs } = frame;
    try {
      tell('analyzed', { result: session.analyze(frame), decodeMs, waiting: 0 });
    } catch (error) {
      const { code } = error as { code?: unknown };
      tell('unanalyzed', {
        reason: 'failed',
        decodeMs,
        code: typeof code === 'string' ? code : 'vision_failed',
        message: error instanceof Error ? error.message : String(error),
      });
    }
  };

  const run = (opened: FileSource): void => {
    opened.start({
      format: (format) => {
        tell('format', format);
      },
      frame: analyze,
      counters: (counters) => {
        tell('counters', { ...counters }, opened.health);
      },
      gap: (reason) => {
        tell('gap', reason);
      },
      fault: (code, message) => {
        tell('fault', code, message);
      },
      end: (reason, message) => {
        tell('end', reason, message, opened.health);
      },
    });
  };

  return {
    open: async () => {
      source = await openFile(path);
      return { format: source.format, duration: source.duration };
    },
    run: () => {
      if (source) run(source);
    },
    ack: () => {
      source?.ack();
    },
    stop: (reason) => {
      source?.close(reason);
    },
    crops: (face, onset, apex, asOf) => session.crops(face, onset, apex, asOf),
  };
});
