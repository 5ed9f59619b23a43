import { workerData } from 'node:worker_threads';
import { FaceTracker, Kernels, loadFaceModels, type FaceModels } from '../face/mod.js';
import { prepareModels } from '../inference/mod.js';
import { readSpotterModel, SpotterNet } from '../spotting/mod.js';
import { serveWorker } from '../threads/mod.js';
import { VisionSession } from './vision-session.js';
import type { VisionHandlers } from './vision.js';

const { cacheDir, learned } = workerData as { cacheDir?: string; learned?: boolean };

await serveWorker<VisionHandlers>(async (port) => {
  const models = loadFaceModels(await prepareModels(cacheDir === undefined ? {} : { cacheDir }));
  warmUp(models);
  const net = learned ? new SpotterNet(readSpotterModel()) : undefined;
  const sessions = new Map<string, VisionSession>();
  const session = (id: string): VisionSession => {
    const found = sessions.get(id);
    if (!found) throw new Error(`no session ${id} in this thread`);
    return found;
  };
  return {
    open: (id, options) => { sessions.set(id, new VisionSession(models, options, net)); },
    analyze: (id, frame) => session(id).analyze(frame),
    crops: (id, face, onset, apex, asOf) => {
      const pair = session(id).crops(face, onset, apex, asOf);
      return pair && port.transfer(pair, [pair.onset.buffer, pair.apex.buffer, pair.landmarks.buffer, pair.apexLandmarks.buffer]);
    },
    close: (id) => { sessions.delete(id); },
  };
});

/** The first run of a net takes many times as long as the next; a session should not be the one to wait for it. */
function warmUp(models: FaceModels): void {
  const [width, height] = [640, 480];
  const blank = { index: 0, t: 0, width, height, data: new Uint8Array(width * height * 1.5).fill(128), receivedAt: 0, decodeMs: 0 };
  const tracker = new FaceTracker(models);
  for (let i = 0; i < 3; i++) {
    tracker.update({ ...blank, t: i });
    models.landmarks.find(Kernels.shared(), { x: width / 2, y: height / 2, size: 300, angle: 0 });
  }
}
