import { CROP_SIZE, FaceTracker, toCrop, type AlignedFace, type FaceModels, type Similarity } from '../../../../src/face/mod.js';
import type { Frame } from '../../../../src/ingest/contract.js';
import { readEvenFrames } from '../streams/even-frames.js';

/** A face in one frame, cut out as the flow stage takes it. */
export interface FacePicture {
  readonly t: number;
  readonly crop: Float32Array;
  /** 468 points, crop px. */
  readonly landmarks: Float32Array;
  readonly toFrame: Similarity;
  readonly frame: Frame;
}

/** Two pictures of a face within one span of registration. */
export interface FacePair {
  readonly onset: FacePicture;
  readonly apex: FacePicture;
}

/** Pairs of the largest face of a clip, `span` s from onset to apex, one every `every` s. */
export async function movingPairs(
  models: FaceModels,
  file: string,
  { every, span }: { readonly every: number; readonly span: number },
): Promise<FacePair[]> {
  const tracker = new FaceTracker(models);
  const pairs: FacePair[] = [];
  let held: { readonly picture: FacePicture; readonly face: string; readonly reference: number } | undefined;
  let next = 0;
  await readEvenFrames(file, (frame) => {
    const face = tracker.update(frame).toSorted((a, b) => b.box[2] - a.box[2])[0];
    if (!face) return;
    if (held && frame.t >= held.picture.t + span - 1e-3) {
      if (held.face === face.id && held.reference === face.reference && frame.t < held.picture.t + 1.5 * span)
        pairs.push({ onset: held.picture, apex: pictureOf(face, frame) });
      held = undefined;
    }
    if (!held && frame.t >= next) {
      held = { picture: pictureOf(face, frame), face: face.id, reference: face.reference };
      next = frame.t + every;
    }
  });
  return pairs;
}

function pictureOf(face: AlignedFace, frame: Frame): FacePicture {
  return { t: face.t, crop: face.crop.slice(), landmarks: toCrop(face.landmarks, face.toFrame), toFrame: face.toFrame, frame };
}

/** A frame's luma in the crop that `toFrame` says; each pixel the mean of as many readings as the frame has pixels there. */
export function cropOf({ width, height, data }: Frame, toFrame: Similarity): Float32Array {
  const crop = new Float32Array(CROP_SIZE * CROP_SIZE);
  const { a, b, tx, ty } = toFrame;
  const n = Math.max(1, Math.ceil(Math.hypot(a, b)));
  for (let j = 0; j < CROP_SIZE; j++) {
    for (let i = 0; i < CROP_SIZE; i++) {
      let sum = 0;
      for (let k = 0; k < n * n; k++) {
        const x = i + ((k % n) + 0.5) / n,
          y = j + (Math.floor(k / n) + 0.5) / n;
        sum += bilinear(data, width, height, a * x - b * y + tx - 0.5, b * x + a * y + ty - 0.5);
      }
      crop[j * CROP_SIZE + i] = sum / (n * n);
    }
  }
  return crop;
}

/** A plane's value at (x, y), 0 at the centre of its first pixel; its edge beyond. */
export function bilinear(plane: ArrayLike<number>, width: number, height: number, x: number, y: number): number {
  const cx = Math.min(width - 1.001, Math.max(0, x)),
    cy = Math.min(height - 1.001, Math.max(0, y));
  const i = Math.floor(cx),
    j = Math.floor(cy),
    fx = cx - i,
    fy = cy - j,
    k = j * width + i;
  const top = plane[k]! + (plane[k + 1]! - plane[k]!) * fx,
    low = plane[k + width]! + (plane[k + width + 1]! - plane[k + width]!) * fx;
  return top + (low - top) * fy;
}
