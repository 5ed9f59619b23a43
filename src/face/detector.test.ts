import { describe, expect, it } from 'vitest';
import { FaceDetector, overlap } from './detector.js';
import type { OnnxRunner } from '../runtime/inference/mod.js';
import { Kernels } from './registration/kernels.js';

/** A net that says what the test wants: logits and boxes by anchor of the 16×16 grid. */
function net(found: readonly { anchor: number; logit: number; box: readonly number[] }[]): OnnxRunner {
  const scores16 = new Float32Array(512).fill(-100);
  const boxes16 = new Float32Array(512 * 16);
  for (const { anchor, logit, box } of found) {
    scores16[anchor] = logit;
    boxes16.set(box, 16 * anchor);
  }
  return {
    run: () => ({ scores16, boxes16, scores8: new Float32Array(384).fill(-100), boxes8: new Float32Array(384 * 16) }),
  } as unknown as OnnxRunner;
}

function detect(runner: OnnxRunner, width = 512, height = 256): ReturnType<FaceDetector['detect']> {
  const kernels = new Kernels();
  kernels.setFrame({ width, height, data: new Uint8Array(width * height * 1.5) });
  return new FaceDetector(runner).detect(kernels, width, height);
}

describe('the detector', () => {
  it('reads boxes about their anchors and undoes the letterbox', () => {
    // Anchor 2·(8·16 + 8): centre (136, 136) of the 256×256 input; the frame is twice as wide, with 64 input pixels of black above.
    const [face] = detect(net([{ anchor: 2 * (8 * 16 + 8), logit: 3, box: [0, 0, 40, 50, -10, -5] }]));
    expect(face?.box).toEqual([232, 94, 80, 100]);
    expect(face?.points.slice(0, 2)).toEqual([252, 134]);
    expect(face?.score).toBeCloseTo(1 / (1 + Math.exp(-3)), 6);
  });

  it('blends candidates of one face by their scores and keeps two faces apart', () => {
    const faces = detect(
      net([
        { anchor: 2 * (8 * 16 + 4), logit: 2, box: [0, 0, 40, 40] },
        { anchor: 2 * (8 * 16 + 4) + 1, logit: 2, box: [4, 0, 40, 40] },
        { anchor: 2 * (8 * 16 + 12), logit: 4, box: [0, 0, 40, 40] },
        { anchor: 7, logit: -1, box: [0, 0, 40, 40] },
      ]),
    );
    expect(faces).toHaveLength(2);
    expect(faces[0]!.score).toBeGreaterThan(faces[1]!.score);
    // Between the two: (72 + 2 − 20) · 2.
    expect(faces[1]!.box[0]).toBeCloseTo(108, 5);
  });

  it('measures overlap', () => {
    expect(overlap([0, 0, 2, 2], [1, 0, 2, 2])).toBeCloseTo(1 / 3, 9);
    expect(overlap([0, 0, 2, 2], [2, 0, 2, 2])).toBe(0);
  });
});
