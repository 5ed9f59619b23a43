import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { PORTRAIT_LANDMARKS } from '../../scripts/data/sample/frames.js';
import { CROP_EYES, CROP_SIZE, type AlignedFace, type Similarity } from '../../src/face/contract.js';
import { gaussian } from './simulated-motion.js';

/** Displacement of the skin at a place of the crop, px. */
export type Displacement = (x: number, y: number) => readonly [number, number];

/** Crops of the sample's portrait with known displacements, each resampled once, as the face stage would hand them on. */
export class PortraitCrops {
  /** FaceMesh landmarks, px of the frame and of the crop. */
  readonly landmarks: Float32Array;
  readonly inCrop: readonly (readonly [number, number])[];
  readonly toFrame: Similarity;
  readonly #luma: Uint8Array;
  readonly #width: number;
  readonly #random: () => number;

  private constructor(luma: Uint8Array, width: number, scale: number, seed: number) {
    this.#luma = luma;
    this.#width = width;
    this.#random = gaussian(seed);
    const points = PORTRAIT_LANDMARKS.map(([x, y]) => [x * scale, y * scale] as const);
    this.landmarks = Float32Array.from(points.flat());
    const [left, right] = [points[33]!, points[263]!];
    const a = (right[0] - left[0]) / CROP_EYES.distance,
      b = (right[1] - left[1]) / CROP_EYES.distance;
    const x = CROP_EYES.centreX - CROP_EYES.distance / 2,
      y = CROP_EYES.centreY;
    this.toFrame = { a, b, tx: left[0] - a * x + b * y, ty: left[1] - b * x - a * y };
    const d = a * a + b * b;
    this.inCrop = points.map(([px, py]) => {
      const dx = px - this.toFrame.tx,
        dy = py - this.toFrame.ty;
      return [(a * dx + b * dy) / d, (a * dy - b * dx) / d] as const;
    });
  }

  /** `seed` for the noise. */
  static async open(seed: number): Promise<PortraitCrops> {
    // Half size: about one pixel of the frame for one of the crop.
    const file = readFileSync(new URL('../../lab/assets/sample-portrait.jpg', import.meta.url));
    const { data, info } = await sharp(file)
      .greyscale()
      .resize({ width: 320, kernel: 'lanczos3' })
      .raw()
      .toBuffer({ resolveWithObject: true });
    return new PortraitCrops(data, info.width, 0.5, seed);
  }

  /** A crop whose skin is displaced; `noise` in grey levels, then `gain` and `bias`. */
  crop(displacement: Displacement, noise = 0, gain = 1, bias = 0): Float32Array {
    const out = new Float32Array(CROP_SIZE * CROP_SIZE);
    const { a, b, tx, ty } = this.toFrame;
    for (let j = 0, k = 0; j < CROP_SIZE; j++) {
      for (let i = 0; i < CROP_SIZE; i++, k++) {
        const [u, v] = displacement(i + 0.5, j + 0.5);
        const x = i + 0.5 - u,
          y = j + 0.5 - v;
        const value = this.#read(a * x - b * y + tx - 0.5, b * x + a * y + ty - 0.5);
        out[k] = gain * (value + (noise === 0 ? 0 : noise * this.#random())) + bias;
      }
    }
    return out;
  }

  /** An aligned face with that crop. */
  face(index: number, crop: Float32Array, change: Partial<AlignedFace> = {}): AlignedFace {
    return {
      id: 'f1',
      box: [0, 0, 1, 1],
      landmarks: this.landmarks,
      pose: { yaw: 0, pitch: 0, roll: 0 },
      quality: { score: 1, eyeDistance: 88, sharpness: 1, light: 128, faults: [] },
      t: index / 30,
      index,
      crop,
      reference: 0,
      isReference: index === 0,
      toFrame: this.toFrame,
      residual: 0,
      ...change,
    };
  }

  /** Catmull-Rom. */
  #read(x: number, y: number): number {
    const x0 = Math.floor(x),
      y0 = Math.floor(y);
    const wx = weights(x - x0),
      wy = weights(y - y0);
    let sum = 0;
    for (let j = 0; j < 4; j++) {
      for (let i = 0; i < 4; i++) sum += wy[j]! * wx[i]! * (this.#luma[(y0 + j - 1) * this.#width + x0 + i - 1] ?? 0);
    }
    return sum;
  }
}

function weights(s: number): readonly [number, number, number, number] {
  return [s * (-0.5 + s * (1 - 0.5 * s)), 1 + s * s * (-2.5 + 1.5 * s), s * (0.5 + s * (2 - 1.5 * s)), s * s * (-0.5 + 0.5 * s)];
}
