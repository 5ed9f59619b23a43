import { CROP_EYES, CROP_SIZE, type AlignedFace } from '../../src/face/contract.js';
import { loadFaceModels } from '../../src/face/face-models.js';
import { apply } from '../../src/common/similarity.js';
import { FaceTracker } from '../../src/face/tracker.js';
import { mulberry32 } from '../../src/common/mulberry32.js';
import { Canvas, loadPortrait, type MovingPortrait } from './moving-portrait.js';

/** What a benchmark measured: results by name, which holds the unit. */
export interface BenchResult {
  readonly name: string;
  readonly results: Readonly<Record<string, number | string>>;
}

const FRAMES = 50;

/**
 * Recovers known shifts of a portrait (0–2 px each way, noise σ = 4) with the whole tracker: landmarks, registration, resampling.
 *
 * Errors are those of the face's middle, in pixels of the crop; the first frame is the reference, and its own noise counts too.
 */
export async function benchRegistration(): Promise<BenchResult> {
  const models = loadFaceModels();
  try {
    const near = measure(new FaceTracker(models, { registration: { maxSpan: Infinity } }), await loadPortrait(88), 1);
    const far = measure(new FaceTracker(models, { registration: { maxSpan: Infinity } }), await loadPortrait(60), 2);
    return {
      name: 'registration',
      results: {
        'shift error std, eyes 88 px apart (crop px)': round(near.std),
        'shift error mean, eyes 88 px apart (crop px)': round(near.mean),
        'shift error std, eyes 60 px apart (crop px)': round(far.std),
        'landmarks alone: shift error std, eyes 88 px apart (crop px)': round(near.landmarkStd),
        'register, median (ms)': round(near.register),
        'resample, median (ms)': round(near.resample),
        'register + resample, median (ms)': round(near.register + near.resample),
        'landmarks incl. crop, median (ms)': round(near.landmarks),
        target: 'std <= 0.02 px, <= 1.5 ms a frame and core',
      },
    };
  } finally {
    models.close();
  }
}

interface Measured {
  readonly std: number;
  readonly mean: number;
  readonly landmarkStd: number;
  readonly register: number;
  readonly resample: number;
  readonly landmarks: number;
}

function measure(tracker: FaceTracker, portrait: MovingPortrait, seed: number): Measured {
  const random = mulberry32(seed);
  const errors: [number, number][] = [];
  const landmarkErrors: [number, number][] = [];
  const times = { register: [] as number[], resample: [] as number[], landmarks: [] as number[] };
  let first: AlignedFace | undefined;
  for (let index = 0; index < FRAMES; index++) {
    const shift: [number, number] = index === 0 ? [0, 0] : [4 * random() - 2, 4 * random() - 2];
    const frame = new Canvas(640, 480)
      .paint(portrait, { a: 1, b: 0, tx: 320 + shift[0], ty: 240 + shift[1] })
      .frame(index, index / 30, { noise: 4, random });
    const [face] = tracker.update(frame);
    if (!face) throw new Error('the portrait was not found in the benchmark frame');
    if (!first) {
      first = face;
      continue;
    }
    const cropPixels = CROP_EYES.distance / first.quality.eyeDistance;
    const [x, y] = middle(face);
    const [x0, y0] = middle(first);
    errors.push([(x - x0 - shift[0]) * cropPixels, (y - y0 - shift[1]) * cropPixels]);
    const eyes = (one: AlignedFace, axis: number): number => ((one.landmarks[66 + axis] ?? 0) + (one.landmarks[526 + axis] ?? 0)) / 2;
    landmarkErrors.push([
      (eyes(face, 0) - eyes(first, 0) - shift[0]) * cropPixels,
      (eyes(face, 1) - eyes(first, 1) - shift[1]) * cropPixels,
    ]);
    times.register.push(tracker.timings.register);
    times.resample.push(tracker.timings.resample);
    times.landmarks.push(tracker.timings.landmarks);
  }
  return {
    ...spread(errors),
    landmarkStd: spread(landmarkErrors).std,
    register: median(times.register),
    resample: median(times.resample),
    landmarks: median(times.landmarks),
  };
}

/** Where the middle of the crop lies in the frame. */
function middle(face: AlignedFace): [number, number] {
  return apply(face.toFrame, CROP_SIZE / 2, CROP_SIZE / 2);
}

/** The larger of both axes' standard deviations, and the length of the mean. */
function spread(values: readonly (readonly [number, number])[]): { std: number; mean: number } {
  const mean = [0, 1].map((axis) => values.reduce((sum, value) => sum + (value[axis] ?? 0), 0) / values.length);
  const std = [0, 1].map((axis) =>
    Math.sqrt(values.reduce((sum, value) => sum + ((value[axis] ?? 0) - (mean[axis] ?? 0)) ** 2, 0) / values.length),
  );
  return { std: Math.max(...std), mean: Math.hypot(...mean) };
}

function median(values: number[]): number {
  return values.sort((p, q) => p - q)[values.length >> 1] ?? 0;
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
