import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadFaceModels, type FaceModels } from '../face/mod.js';
import { faceShape, type RgbImage } from '../flow/mod.js';
import { readFile } from '../ingest/file/read-file.js';
import { alignPair } from './align-pair.js';

const SAMPLE = fileURLToPath(new URL('../../client/public/sample/sample.webm', import.meta.url));
/** Frames of the sample before a blink and in the middle of it; the head is still. */
const OPEN = 44;
const SHUT = 51;

describe('alignPair', () => {
  let models: FaceModels;
  const pictures = new Map<number, RgbImage>();

  beforeAll(() => {
    models = loadFaceModels();
    readFile(SAMPLE, {
      onFrame: ({ index, width, height, data }) => {
        if (index !== OPEN && index !== SHUT) return true;
        const rgb = Uint8Array.from({ length: 3 * width * height }, (_, i) => data[Math.floor(i / 3)] ?? 0);
        pictures.set(index, { width, height, data: rgb });
        return index < SHUT;
      },
    });
  }, 60_000);
  afterAll(() => {
    models.close();
  });

  it("reads the apex's own landmarks where the head is still and the skin moves", () => {
    const pair = alignPair(models, pictures.get(OPEN)!, pictures.get(SHUT)!);
    if ('missing' in pair) throw new Error('no face');
    const [open, shut] = [faceShape(pair.landmarks), faceShape(pair.apexLandmarks)];
    expect(shut.eyes[0]).toBeLessThan(0.8 * open.eyes[0]);
    expect(shut.eyes[1]).toBeLessThan(0.8 * open.eyes[1]);
  });
});
