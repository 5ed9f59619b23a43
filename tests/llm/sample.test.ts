import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { FaceTracker, loadFaceModels, toCrop, type AlignedFace, type FaceModels } from '../../src/face/mod.js';
import { FlowEstimator } from '../../src/flow/mod.js';
import { readFile } from '../../src/ingest/file/read-file.js';
import { type Frame } from '../../src/ingest/mod.js';
import { startDescriber, type Describer } from '../../src/llm/mod.js';

const SAMPLE = fileURLToPath(new URL('../../client/public/sample/sample.webm', import.meta.url));
const truth = z
  .object({
    fps: z.number(),
    expressions: z.array(z.object({ aus: z.array(z.string()), side: z.string(), onset: z.number(), apex: z.number() })),
    blinks: z.array(z.object({ start: z.number(), end: z.number() })),
  })
  .parse(JSON.parse(readFileSync(SAMPLE.replace('.webm', '.json'), 'utf8')));
const CATEGORIES = ['surprise', 'positive', 'negative', 'positive'];

describe('the sample clip, described', () => {
  const frames: Frame[] = [];
  let models: FaceModels;
  let flow: FlowEstimator;
  let describer: Describer;

  beforeAll(async () => {
    models = loadFaceModels();
    flow = await FlowEstimator.start({ device: 'cpu', maxBatch: 1, maxWait: 0 });
    describer = await startDescriber();
    readFile(SAMPLE, {
      onFrame: (frame) => {
        frames.push({ ...frame, data: frame.data.slice() });
        return true;
      },
    });
  }, 60_000);
  afterAll(async () => {
    models.close();
    await flow.close();
    await describer.close();
  });

  async function between(onset: number, apex: number) {
    const tracker = new FaceTracker(models);
    const [first, second] = [onset, apex].map((t, i): AlignedFace | undefined => {
      const frame = frames[Math.round(t * truth.fps)];
      const [face] = frame ? tracker.update({ ...frame, index: i, t: i * 0.04 }) : [];
      return face && { ...face, crop: face.crop.slice(), landmarks: face.landmarks.slice() };
    });
    if (!first || !second) throw new Error("the sample's face was not found");
    const report = await flow.measure({
      session: 'test',
      annotation: 'sample',
      onsetCrop: first.crop,
      apexCrop: second.crop,
      landmarks: toCrop(first.landmarks, first.toFrame),
      apexLandmarks: toCrop(second.landmarks, second.toFrame),
    });
    return describer.describe(report, () => undefined, AbortSignal.timeout(30_000));
  }

  it.each(truth.expressions.map((expression, i) => ({ ...expression, category: CATEGORIES[i], name: expression.aus.join('+') })))(
    'names $name, $side, as its truth file does',
    async ({ aus, side, onset, apex, category, name }) => {
      for (const until of [apex, onset + 0.6 * (apex - onset)]) {
        const description = await between(onset - 1 / truth.fps, until);
        expect(
          description.aus.map((unit) => [unit.au, unit.side]),
          name,
        ).toEqual(aus.map((au) => [au, side]));
        expect(description.emotion?.label).toBe(category);
        expect(description.text).toContain('### 3. Summary');
      }
    },
    60_000,
  );

  it.each(truth.blinks)(
    'names nothing but a blink at $start s',
    async ({ start, end }) => {
      for (const [from, to] of [
        [start - 1 / truth.fps, (start + end) / 2],
        [(start + end) / 2, end],
      ] as const) {
        const { aus, emotion } = await between(from, to);
        expect(aus.filter(({ au }) => au !== 'AU45')).toEqual([]);
        expect(emotion).toBeUndefined();
      }
    },
    60_000,
  );
});
