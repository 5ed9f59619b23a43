import { workerData } from 'node:worker_threads';
import { loadFaceModels, type FaceModels } from '../../../src/face/mod.js';
import { serveWorker } from '../../../src/runtime/threads/mod.js';
import { measureClip, type MeasuredClip } from '../clips/measure-clip.js';
import { SignalsFolder } from '../clips/signals-folder.js';
import type { ClipSource } from '../../datasets/mod.js';
import { spotterNamed } from './spotters.js';
import type { Spotted } from './spotted.js';
import type { SpottingHandlers, SpottingWorkerData } from './spotting-messages.js';

const { spotters: names, signals } = workerData as SpottingWorkerData;

await serveWorker<SpottingHandlers>(async () => {
  const folder = signals === undefined ? undefined : new SignalsFolder(signals);
  const spotters = await Promise.all(names.map(async (name) => ({ name, spotter: await spotterNamed(name).start() })));
  const flow = names.some((name) => spotterNamed(name).flow);
  let models: FaceModels | undefined;

  const measure = async (clip: string, source: ClipSource): Promise<MeasuredClip> => {
    const known = await folder?.load(clip, source, { flow });
    if (known) return known;
    // Not needed at all where everything was measured before.
    models ??= loadFaceModels();
    const measured = await measureClip(models, source, { flow });
    await folder?.save(clip, source, measured);
    return measured;
  };

  return {
    spot: async (clip, source) => {
      const measured = await measure(clip, source);
      const spotted: Record<string, Spotted> = {};
      for (const { name, spotter } of spotters) spotted[name] = await spotter.spot(measured);
      const { seconds, fps, fault, faces } = measured;
      return { seconds, fps, faces: faces.size, spotted, ...(fault === undefined ? {} : { fault }) };
    },
  };
});
