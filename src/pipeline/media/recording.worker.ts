import type { Frame } from '../../ingest/contract.js';
import { openFile, type FileSource } from '../../ingest/mod.js';
import { serveWorker } from '../../runtime/threads/mod.js';
import { loadVisionModels } from '../vision/vision-models.js';
import { VisionSession } from '../vision/vision-session.js';
import { failedAnalysis } from './failed-analysis.js';
import type { AnalysisEvent } from './media-protocol.js';
import type { RecordingEvents, RecordingHandlers, RecordingProcessData } from './recording-protocol.js';

/** Decodes, tracks and measures one recording: what strangers uploaded can crash this process and no other. */
await serveWorker<RecordingHandlers, RecordingEvents>((port) => {
  const { path, vision, maxFaces } = port.data as RecordingProcessData;
  const models = loadVisionModels(vision);
  const session = new VisionSession(models.face, { maxFaces, firstFace: 1 }, models.net);
  let source: FileSource | undefined;

  const analyze = (frame: Frame): AnalysisEvent => {
    const { decodeMs } = frame;
    try {
      return { type: 'analyzed', frame: { result: session.analyze(frame), decodeMs, waiting: 0 } };
    } catch (error) {
      return failedAnalysis(decodeMs, error);
    }
  };

  const run = (opened: FileSource): void => {
    opened.start((event) => {
      if (event.type === 'counters' || event.type === 'end') port.emit('health', [opened.health]);
      port.emit('source', [event.type === 'frame' ? analyze(event.frame) : event]);
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
