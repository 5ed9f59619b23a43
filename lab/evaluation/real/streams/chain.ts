import { FaceTracker, type AlignedFace, type FaceModels, type Similarity } from '../../../../src/face/mod.js';
import type { Frame } from '../../../../src/ingest/contract.js';
import { MotionEstimator, type MotionSample } from '../../../../src/spotting/mod.js';
import type { Encoding } from './encoder-name.js';
import { Recoder } from './recoder.js';

/** What was measured of a face in a frame. */
export interface Reading {
  readonly sample: MotionSample;
  /** Takes crop pixels to frame pixels. */
  readonly toFrame: Similarity;
}

/** Where the watched face is in a frame: its landmarks, if it was found. */
export type WhereFace = (t: number) => Float32Array | undefined;

/** One stream of frames through the product's tracker and motion meter, as a live session has them. */
export class Chain {
  /** All samples by face, as a session without the ruler would have them. */
  readonly samples = new Map<string, MotionSample[]>();
  /** Readings of the watched face by index of the frame. */
  readonly readings = new Map<number, Reading>();
  readonly #tracker: FaceTracker;
  readonly #meters = new Map<string, MotionEstimator>();
  readonly #recoder: Recoder | undefined;
  readonly #where: WhereFace;
  readonly #onFace: ((face: AlignedFace) => void) | undefined;

  constructor(
    models: FaceModels,
    where: WhereFace,
    options: {
      readonly encoding: Encoding;
      readonly width: number;
      readonly height: number;
      readonly fps: number;
      readonly onFace?: (face: AlignedFace) => void;
    },
  ) {
    this.#tracker = new FaceTracker(models);
    this.#where = where;
    this.#recoder = options.encoding && new Recoder(options.encoding, options.width, options.height, options.fps);
    this.#onFace = options.onFace;
  }

  push(frame: Frame): void {
    for (const seen of this.#recoder?.push(frame) ?? [frame]) this.#measure(seen);
  }

  close(): void {
    for (const seen of this.#recoder?.flush() ?? []) this.#measure(seen);
    this.#recoder?.close();
  }

  #measure(frame: Frame): void {
    const faces = this.#tracker.update(frame);
    const watched = nearest(faces, this.#where(frame.t));
    for (const face of faces) {
      let meter = this.#meters.get(face.id);
      if (!meter) {
        meter = new MotionEstimator();
        this.#meters.set(face.id, meter);
        this.samples.set(face.id, []);
      }
      const sample = meter.measure(face);
      this.samples.get(face.id)?.push(sample);
      if (face !== watched) continue;
      this.readings.set(frame.index, { sample, toFrame: face.toFrame });
      this.#onFace?.(face);
    }
  }
}

/** The face whose nose bridge is where the watched one's is, within half the distance of its eye corners. */
function nearest(faces: readonly AlignedFace[], points: Float32Array | undefined): AlignedFace | undefined {
  if (!points) return undefined;
  const eyes = Math.hypot(points[526]! - points[66]!, points[527]! - points[67]!);
  let best: AlignedFace | undefined,
    least = eyes / 2;
  for (const face of faces) {
    const away = Math.hypot(face.landmarks[336]! - points[336]!, face.landmarks[337]! - points[337]!);
    if (away < least) [best, least] = [face, away];
  }
  return best;
}
