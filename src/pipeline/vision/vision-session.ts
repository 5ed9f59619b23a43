import { explain, FaceTracker, type FaceModels } from '../../face/mod.js';
import type { Frame } from '../../ingest/contract.js';
import { MotionEstimator, type LikelihoodStream, type MotionSample, type SpotterNet, type TickLikelihoods } from '../../spotting/mod.js';
import { inCommonReference } from '../common-reference.js';
import { CropRing } from '../crop-ring.js';
import type { CropPair, VisionResult } from './vision.js';

/** Seconds without a sight after which a face is gone for good; the tracker forgets it sooner. */
const GONE = 2;
/** Seconds after that for which its crops are still held: the spotter's last words about it come when frames are ahead already. */
const CROPS_AFTER = 0.5;

interface Followed {
  readonly meter: MotionEstimator;
  readonly crops: CropRing;
  readonly likelihoods: LikelihoodStream | undefined;
  seen: number;
  gone: boolean;
}

/** One session's tracker, motion meters and remembered crops; lives in a vision thread. */
export class VisionSession {
  readonly #tracker: FaceTracker;
  readonly #net: SpotterNet | undefined;
  readonly #faces = new Map<string, Followed>();

  /** @param net the spotter's network; without it no likelihoods are made */
  constructor(models: FaceModels, options: { readonly maxFaces: number; readonly firstFace: number }, net?: SpotterNet) {
    this.#net = net;
    this.#tracker = new FaceTracker(models, { maxFaces: options.maxFaces, firstFace: options.firstFace });
  }

  /** Tracks, aligns and measures one frame. */
  analyze(frame: Frame): VisionResult {
    const aligned = this.#tracker.update(frame);
    const { detect, landmarks, align } = this.#tracker.timings;
    const started = performance.now();
    const samples: MotionSample[] = [];
    const ticks: TickLikelihoods[] = [];
    for (const face of aligned) {
      let followed = this.#faces.get(face.id);
      if (!followed) {
        followed = { meter: new MotionEstimator(), crops: new CropRing(), likelihoods: this.#net?.follow(), seen: frame.t, gone: false };
        this.#faces.set(face.id, followed);
      }
      followed.seen = frame.t;
      followed.crops.add(face);
      const sample = followed.meter.measure(face);
      samples.push(sample);
      if (followed.likelihoods) ticks.push(...followed.likelihoods.push(sample));
    }
    const lost: string[] = [];
    for (const [id, followed] of this.#faces) {
      const unseen = Math.abs(frame.t - followed.seen);
      if (unseen > GONE && !followed.gone) {
        followed.gone = true;
        lost.push(id);
      }
      if (unseen > GONE + CROPS_AFTER) this.#faces.delete(id);
    }
    return {
      index: frame.index,
      t: frame.t,
      width: frame.width,
      height: frame.height,
      receivedAt: frame.receivedAt,
      faces: aligned.map(({ id, box, landmarks: points, pose, quality }, i) => ({
        id,
        box,
        landmarks: points.slice(),
        pose,
        quality: explain(quality, samples[i]?.quality ?? quality.score),
      })),
      samples,
      ticks,
      lost,
      ms: { track: detect + landmarks, align, spot: performance.now() - started },
    };
  }

  /** The held crops nearest to two moments, or `undefined` where they are no longer held. */
  crops(face: string, onset: number, apex: number, asOf = Infinity): CropPair | undefined {
    const held = this.#faces.get(face)?.crops.pair(onset, apex, asOf);
    const pair = held && inCommonReference(held.onset, held.apex);
    return pair && { ...pair, onsetTime: held.onset.t, apexTime: held.apex.t };
  }
}
