import { FaceTracker, scaleOf, toCrop, type AlignedFace, type FaceModels, type Similarity } from '../face/mod.js';
import type { CropLuma, RgbImage } from '../flow/mod.js';
import { frameOfRgb } from '../ingest/mod.js';

/**
 * Seconds from one picture to the next for the tracker: so far apart that it reads the landmarks of each anew, as skin may have moved where
 * the head did not.
 */
const APART = 0.2;

/** Crops of a face in two pictures, the second registered to the first. */
export interface AlignedPair {
  readonly crops: CropLuma;
  /** The 468 FaceMesh points of the onset in crop pixels: x0, y0, x1, y1, … */
  readonly landmarks: Float32Array;
  /** Of the apex, in the same crop. */
  readonly apexLandmarks: Float32Array;
  /** From crop to picture pixels, of each. */
  readonly toImage: { readonly onset: Similarity; readonly apex: Similarity };
}

/** Finds the largest face of the onset, and the same in the apex; says in which picture it isn't. Both of one size. */
export function alignPair(models: FaceModels, onset: RgbImage, apex: RgbImage): AlignedPair | { readonly missing: 'onset' | 'apex' } {
  const [first, second] = findFaces(models, [onset, apex]);
  if (!first) return { missing: 'onset' };
  if (!second) return { missing: 'apex' };
  const landmarks = toCrop(first.landmarks, first.toFrame);
  const apexLandmarks = toCrop(second.landmarks, second.toFrame);
  return {
    landmarks,
    apexLandmarks,
    crops: { onset: first.crop, apex: second.crop },
    toImage: { onset: first.toFrame, apex: second.toFrame },
  };
}

/** The largest face of the first picture, followed through the others; undefined where it is not there. */
export function findFaces(models: FaceModels, pictures: readonly RgbImage[]): (AlignedFace | undefined)[] {
  const tracker = new FaceTracker(models);
  const found: (AlignedFace | undefined)[] = [];
  for (const [index, { data, width, height }] of pictures.entries()) {
    const faces = tracker.update(frameOfRgb(data, width, height, { index, t: index * APART }));
    const face =
      index === 0 ? faces.toSorted((p, q) => scaleOf(q.toFrame) - scaleOf(p.toFrame))[0] : faces.find(({ id }) => id === found[0]?.id);
    // The tracker reuses its crops.
    found.push(face && { ...face, crop: face.crop.slice(), landmarks: face.landmarks.slice() });
    if (!face) break;
  }
  return found;
}
