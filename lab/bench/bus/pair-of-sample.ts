import { openFile, type Frame } from '../../../src/ingest/mod.js';
import type { CropPair } from '../../../src/pipeline/mod.js';
import type { VisionSeat } from '../../../src/pipeline/vision/vision-seat.js';
import { sampleClip } from '../sample.js';

/** Media seconds of the sample clip's first expression (client/public/sample/sample.json). */
const ONSET = 3;
const APEX = 3.17;

/** The registered crops of an expression in the sample clip, as the real vision threads make them. */
export async function pairOfSample(seat: VisionSeat): Promise<CropPair> {
  const source = await openFile(sampleClip());
  try {
    return await new Promise<CropPair>((resolve, reject) => {
      let before: Promise<unknown> = Promise.resolve();
      let over = false;
      const analyze = async (frame: Frame): Promise<void> => {
        if (over) return;
        const {
          t,
          faces: [face],
        } = await seat.analyze(frame);
        source.ack();
        if (t < APEX + 0.1) return;
        over = true;
        const pair = face && (await seat.crops(face.id, ONSET, APEX));
        if (pair) resolve(pair);
        else reject(new Error('no face was found in the sample clip'));
      };
      source.start((event) => {
        if (event.type === 'frame') before = before.then(() => analyze(event.frame)).catch(reject);
        if (event.type === 'end')
          void before.then(() => {
            reject(new Error('the sample clip ends before its first expression'));
          });
      });
    });
  } finally {
    source.close('ended');
  }
}
