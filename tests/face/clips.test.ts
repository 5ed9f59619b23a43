import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { FaceTracker, loadFaceModels, type AlignedFace, type FaceModels } from '../../src/face/mod.js';
import { openFile } from '../../src/ingest/mod.js';

/** Real clips lie outside of the repository: `$MELLM_DATA`, else beside the checkout. */
const CLIPS = join(process.env['MELLM_DATA'] ?? fileURLToPath(new URL('../../../shared/data', import.meta.url)), 'clips');
if (!existsSync(CLIPS)) console.warn('the real clips are not here (set MELLM_DATA to a folder that has clips/): their tests are skipped');

interface Seen {
  readonly frame: number;
  readonly t: number;
  readonly faces: readonly AlignedFace[];
}

let models: FaceModels;
beforeAll(() => {
  models = loadFaceModels();
});

/** Every frame of a clip through the tracker. */
async function track(clip: string): Promise<Seen[]> {
  const tracker = new FaceTracker(models);
  const source = await openFile(join(CLIPS, clip));
  const seen: Seen[] = [];
  return new Promise((resolve, reject) => {
    source.start((event) => {
      if (event.type === 'fault') reject(new Error(`${event.code}: ${event.message}`));
      if (event.type === 'frame') {
        const { frame } = event;
        seen.push({ frame: frame.index, t: frame.t, faces: tracker.update(frame) });
        source.ack();
      }
      if (event.type === 'end') resolve(seen);
    });
  });
}

/** Runs of the same ids: `f1`, ``, `f2` … with the frames at which they begin. */
function runs(seen: readonly Seen[]): { ids: string; from: number }[] {
  const all = seen.map(({ frame, faces }) => ({ ids: faces.map((face) => face.id).join(' '), from: frame }));
  return all.filter((one, i) => one.ids !== all[i - 1]?.ids);
}

describe.skipIf(!existsSync(CLIPS))('the tracker on real clips', () => {
  it.each([
    'fex_smile_neutral_smile_webcam.mov',
    'fex_smile_webcam.mov',
    'pyfeat_single_face_selfie.mp4',
    'lp_s18_neutral_pan.mp4',
    'lp_d9_selfie_expressions.mp4',
  ])('keeps one face under one id through %s', async (clip) => {
    const seen = await track(clip);
    expect(runs(seen)).toEqual([{ ids: 'f1', from: 0 }]);
    const unstable = seen.filter(({ faces }) => faces[0]?.quality.faults.includes('unstable')).length;
    expect(unstable / seen.length).toBeLessThan(0.03);
    // The registered crop stands still: what registration leaves is noise, compression and expression.
    const residuals = seen
      .flatMap(({ faces }) => faces.filter((face) => !face.isReference).map((face) => face.residual))
      .sort((p, q) => p - q);
    expect(residuals[residuals.length >> 1]).toBeLessThan(4);
  });

  it('loses a face that leaves, and finds it when it returns', async () => {
    const found = runs(await track('fex_face_leaves_returns.mov'));
    expect(found.map((run) => run.ids)).toEqual(['f1', '', 'f2']);
    expect(found[1]?.from).toBeGreaterThan(150);
    expect(found[2]?.from).toBeLessThan(320);
  });

  it('sees no face in the drawing after a cut', async () => {
    const found = runs(await track('pyfeat_face_then_noface.mov'));
    expect(found.map((run) => run.ids)).toEqual(['f1', '']);
    expect(Math.abs((found[1]?.from ?? 0) - 72)).toBeLessThanOrEqual(1);
  });
});
