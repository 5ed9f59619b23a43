import { serveWorker } from '../../runtime/threads/mod.js';
import { loadVisionModels, type VisionModelsOptions } from './vision-models.js';
import { VisionSession } from './vision-session.js';
import type { VisionHandlers } from './vision.js';

await serveWorker<VisionHandlers>((port) => {
  const { face, net } = loadVisionModels(port.data as VisionModelsOptions);
  const sessions = new Map<string, VisionSession>();
  const session = (id: string): VisionSession => {
    const found = sessions.get(id);
    if (!found) throw new Error(`no session ${id} in this thread`);
    return found;
  };
  return {
    open: (id, options) => {
      sessions.set(id, new VisionSession(face, options, net));
    },
    analyze: (id, frame) => session(id).analyze(frame),
    crops: (id, name, onset, apex, asOf) => {
      const pair = session(id).crops(name, onset, apex, asOf);
      return pair && port.transfer(pair, [pair.onset.buffer, pair.apex.buffer, pair.landmarks.buffer, pair.apexLandmarks.buffer]);
    },
    close: (id) => {
      sessions.delete(id);
    },
  };
});
