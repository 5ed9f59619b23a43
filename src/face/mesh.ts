import { Tensor } from 'onnxruntime-node';
import type { Kernels } from './registration/kernels.js';
import { regionToFrame, type FaceRegion } from './region.js';
import type { OnnxRunner } from '../runtime/inference/mod.js';

export const LANDMARKS = 468;
/** Width and height of the network's input, pixels. */
const SIZE = 192;
/** Outputs of the network that {@link LandmarkModel} reads. */
export const MESH_OUTPUTS = ['mesh', 'face'];

/** The landmarks of one face. */
export interface FaceMesh {
  /** Probability that the region contains a face. */
  readonly probability: number;
  /** x0, y0, x1, y1, … in frame pixels. */
  readonly landmarks: Float32Array;
  /** x, y, z of each landmark in the rotated axes of the region, in its 192 pixels; z increases away from the camera. */
  readonly raw: Float32Array;
}

/** Finds the 468 landmarks of the face in a region: FaceMesh (Kartynnik et al., arXiv 1907.06724). */
export class LandmarkModel {
  readonly #runner: OnnxRunner;
  readonly #input = new Tensor('float32', new Float32Array(3 * SIZE * SIZE), [1, 3, SIZE, SIZE]);

  constructor(runner: OnnxRunner) {
    this.#runner = runner;
  }

  /** Locates the landmarks in `region` of the frame that `kernels` holds. */
  find(kernels: Kernels, region: FaceRegion): FaceMesh {
    const toFrame = regionToFrame(region, SIZE);
    this.#input.data.set(kernels.rgbCrop(toFrame, SIZE, 1 / 255, 0));
    const outputs = this.#runner.run({ input: this.#input });
    const raw = outputs['mesh'] ?? new Float32Array(3 * LANDMARKS);
    const landmarks = new Float32Array(2 * LANDMARKS);
    for (let i = 0; i < LANDMARKS; i++) {
      const x = raw[3 * i]!;
      const y = raw[3 * i + 1]!;
      landmarks[2 * i] = toFrame.a * x - toFrame.b * y + toFrame.tx;
      landmarks[2 * i + 1] = toFrame.b * x + toFrame.a * y + toFrame.ty;
    }
    return { probability: outputs['face']?.[0] ?? 0, landmarks, raw };
  }
}
