import { CROP_EYES, CROP_SIZE, type Similarity } from '../aligned-face.js';
import { fitSimilarity, scaleOf } from '../similarity.js';
import { levelFor, type Kernels } from './kernels.js';

/** What registration says of one frame of one face. */
export interface Registered {
  readonly crop: Float32Array;
  readonly reference: number;
  readonly isReference: boolean;
  readonly toFrame: Similarity;
  readonly residual: number;
  readonly unstable: boolean;
}

/** Registers the frames of one face to the reference frame of its span. */
export class FaceRegistrar {
  readonly #crop = new Float32Array(CROP_SIZE * CROP_SIZE);
  #first = true;

  register(kernels: Kernels, landmarks: Float32Array): Registered {
    const toFrame = canonicalTransform(landmarks);
    kernels.resample(toFrame, levelFor(scaleOf(toFrame)), this.#crop);
    const isReference = this.#first;
    this.#first = false;
    return { crop: this.#crop, reference: 0, isReference, toFrame, residual: 0, unstable: false };
  }
}

/** From the reference crop to the frame, by the outer eye corners alone (see CROP_EYES). */
export function canonicalTransform(landmarks: Float32Array): Similarity {
  const half = CROP_EYES.distance / 2;
  const from = [CROP_EYES.centreX - half, CROP_EYES.centreY, CROP_EYES.centreX + half, CROP_EYES.centreY];
  const to = [66, 67, 526, 527].map((i) => landmarks[i] ?? 0);
  return fitSimilarity(from, to);
}
