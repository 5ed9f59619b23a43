import { describe, expect, it } from 'vitest';
import { CROP_SIZE } from '../contract.js';
import { loadFaceModels } from '../face-models.js';
import { FaceTracker } from '../tracker.js';
import { Canvas, loadPortrait } from '../../../lab/bench/moving-portrait.js';
import { toCrop } from './registrar.js';
import { rigidMask } from './rigid-regions.js';

describe('the rigid regions', () => {
  it('hold the nose and the eye corners, not brows, eyes, mouth, cheeks or what lies beside the face', async () => {
    const frame = new Canvas(640, 480).paint(await loadPortrait(88), { a: 1, b: 0, tx: 320, ty: 240 }).frame(0, 0);
    const models = loadFaceModels();
    const [face] = new FaceTracker(models).update(frame);
    const landmarks = toCrop(face!.toFrame, face!.landmarks);
    const mask = rigidMask(landmarks);
    const at = (index: number, dx = 0, dy = 0): number =>
      mask[Math.floor((landmarks[2 * index + 1] ?? 0) + dy) * CROP_SIZE + Math.floor((landmarks[2 * index] ?? 0) + dx)] ?? NaN;
    for (const index of [6, 197, 195, 5, 4, 143, 372]) expect(at(index), `landmark ${String(index)}`).toBeGreaterThan(0.5);
    expect(at(33, -6)).toBeGreaterThan(0.5);
    expect(at(263, 6)).toBeGreaterThan(0.5);
    const moving = [105, 334, 66, 296, 55, 285, 159, 386, 145, 374, 61, 291, 0, 17, 50, 280, 205, 425, 152, 9, 10];
    for (const index of moving) expect(at(index), `landmark ${String(index)}`).toBeLessThan(0.05);
    expect(at(127, -4)).toBe(0);
    expect(at(356, 4)).toBe(0);
    const count = mask.filter((weight) => weight > 0.02).length;
    expect(count).toBeGreaterThan(2000);
    expect(count).toBeLessThan(5000);
    models.close();
    models.close();
  });
});
