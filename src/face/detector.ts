import { Tensor } from 'onnxruntime-node';
import type { Similarity } from './contract.js';
import type { Kernels } from './registration/kernels.js';
import type { OnnxRunner } from '../runtime/inference/mod.js';

/** A face detected by BlazeFace; frame pixels. */
export interface Detection {
  readonly score: number;
  /** x, y, width, height. */
  readonly box: readonly [number, number, number, number];
  /** x, y of both eyes (the image's left one first), nose tip, mouth, and both ears. */
  readonly points: readonly number[];
}

export interface DetectorOptions {
  /** Minimum probability of a face, 0..1. Default 0.5. */
  readonly threshold?: number;
  /** Detections that overlap more than this (intersection over union) are merged. Default 0.3. */
  readonly overlap?: number;
}

/** Width and height of the network's input, pixels. */
const SIZE = 256;
/** The anchor grids: stride in pixels, and anchors per position. BlazeFace, back-camera variant. */
const GRIDS = [
  { scores: 'scores16', boxes: 'boxes16', stride: 16, each: 2 },
  { scores: 'scores8', boxes: 'boxes8', stride: 32, each: 6 },
] as const;
/** Values of one detection: box (4) and six landmarks (12). */
const VALUES = 16;
/** Outputs of the network that the detector reads. */
export const DETECTOR_OUTPUTS = GRIDS.flatMap(({ scores, boxes }) => [scores, boxes]);

/** Finds faces in a whole frame: BlazeFace (Bazarevsky et al., arXiv 1907.05047) with its blended non-maximum suppression. */
export class FaceDetector {
  readonly #runner: OnnxRunner;
  readonly #threshold: number;
  readonly #overlap: number;
  readonly #input = new Tensor('float32', new Float32Array(3 * SIZE * SIZE), [1, 3, SIZE, SIZE]);

  constructor(runner: OnnxRunner, options: DetectorOptions = {}) {
    this.#runner = runner;
    this.#threshold = options.threshold ?? 0.5;
    this.#overlap = options.overlap ?? 0.3;
  }

  /** Faces in the frame that `kernels` holds, most probable first. */
  detect(kernels: Kernels, width: number, height: number): Detection[] {
    // Letterboxed: the whole frame, centred in a black square.
    const scale = Math.max(width, height) / SIZE;
    const toFrame: Similarity = { a: scale, b: 0, tx: (width - scale * SIZE) / 2, ty: (height - scale * SIZE) / 2 };
    this.#input.data.set(kernels.rgbCrop(toFrame, SIZE, 1 / 127.5, -1));
    const outputs = this.#runner.run({ input: this.#input });
    return this.#blend(this.#candidates(outputs)).map((found) => ({
      score: found.score,
      box: [found.values[0] * scale + toFrame.tx, found.values[1] * scale + toFrame.ty, found.values[2] * scale, found.values[3] * scale],
      points: found.values.slice(4).map((value, i) => value * scale + (i % 2 === 0 ? toFrame.tx : toFrame.ty)),
    }));
  }

  #candidates(outputs: Readonly<Record<string, Float32Array>>): Candidate[] {
    const found: Candidate[] = [];
    const least = Math.log(this.#threshold / (1 - this.#threshold));
    for (const { scores, boxes, stride, each } of GRIDS) {
      const logits = outputs[scores] ?? new Float32Array();
      const values = outputs[boxes] ?? new Float32Array();
      const columns = SIZE / stride;
      for (let i = 0; i < logits.length; i++) {
        const logit = logits[i] ?? -Infinity;
        if (logit < least) continue;
        const place = Math.floor(i / each);
        const x = ((place % columns) + 0.5) * stride;
        const y = (Math.floor(place / columns) + 0.5) * stride;
        const raw = Array.from(values.subarray(i * VALUES, (i + 1) * VALUES));
        const [cx = 0, cy = 0, w = 0, h = 0, ...points] = raw;
        found.push({
          score: 1 / (1 + Math.exp(-logit)),
          values: [x + cx - w / 2, y + cy - h / 2, w, h, ...points.map((value, k) => value + (k % 2 === 0 ? x : y))],
        });
      }
    }
    return found.sort((p, q) => q.score - p.score);
  }

  /** Merges the candidates of one face into their mean, weighted by score (section 3.3 of the paper: less jitter than the best one). */
  #blend(candidates: Candidate[]): Candidate[] {
    const faces: Candidate[] = [];
    let rest = candidates;
    for (let best = rest[0]; best; best = rest[0]) {
      const centre = best;
      const same = rest.filter((other) => overlap(centre.values, other.values) > this.#overlap);
      if (same.length === 0) {
        rest = rest.slice(1);
        continue;
      }
      rest = rest.filter((other) => !same.includes(other));
      const total = same.reduce((sum, one) => sum + one.score, 0);
      const mean = centre.values.map((_, k) => same.reduce((sum, one) => sum + one.score * (one.values[k] ?? 0), 0) / total);
      faces.push({ score: best.score, values: mean as Candidate['values'] });
    }
    return faces;
  }
}

interface Candidate {
  readonly score: number;
  /** x, y, width, height, then the points; input pixels. */
  readonly values: [number, number, number, number, ...number[]];
}

type Box = readonly [number, number, number, number, ...number[]];

/** Intersection over union of two boxes x, y, width, height. */
export function overlap(p: Box, q: Box): number {
  const w = Math.min(p[0] + p[2], q[0] + q[2]) - Math.max(p[0], q[0]);
  const h = Math.min(p[1] + p[3], q[1] + q[3]) - Math.max(p[1], q[1]);
  if (w <= 0 || h <= 0) return 0;
  return (w * h) / (p[2] * p[3] + q[2] * q[3] - w * h);
}
