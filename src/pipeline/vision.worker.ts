import { workerData } from 'node:worker_threads';
import { loadFaceModels } from '../face/mod.js';
import { prepareModels } from '../inference/mod.js';
import { serveWorker } from '../threads/mod.js';
import { VisionSession } from './vision-session.js';
import type { VisionHandlers } from './vision.js';

const { cacheDir } = workerData as { cacheDir?: string };

await serveWorker<VisionHandlers>(async (port) => {
  const models = loadFaceModels(await prepareModels(cacheDir === undefined ? {} : { cacheDir }));
  const sessions = new Map<string, VisionSession>();
  const session = (id: string): VisionSession => {
    const found = sessions.get(id);
    if (!found) throw new Error(`no session ${id} in this thread`);
    return found;
  };
  return {
    open: (id, options) => { sessions.set(id, new VisionSession(models, options.maxFaces)); },
    analyze: (id, frame) => session(id).analyze(frame),
    crops: (id, face, onset, apex) => {
      const pair = session(id).crops(face, onset, apex);
      return pair && port.transfer(pair, [pair.onset.buffer, pair.apex.buffer, pair.landmarks.buffer]);
    },
    close: (id) => { sessions.delete(id); },
  };
});
