import type { AlignedFace } from './contract.js';
import { overlap } from './detector.js';
import type { FaceModels } from './face-models.js';
import type { FaceMesh } from './mesh.js';
import { isJump, regionOfDetection, regionOfLandmarks } from './region.js';
import { Kernels } from './registration/kernels.js';
import type { RegistrarOptions } from './registration/registrar.js';
import { boxOf, eyeDistance, Track, type Box } from './track.js';
import type { Frame } from '../ingest/contract.js';

/** Settings of the tracker. */
export interface FaceTrackerOptions {
  /** Maximum number of tracked faces. Default 4. */
  readonly maxFaces?: number;
  /** Minimum probability that a region still contains the face, 0..1. Default 0.5. */
  readonly threshold?: number;
  /** Minimum probability of a new face: higher, since drawings and letters reach 0.95 for single frames. Default 0.98. */
  readonly minFaceDetectionConfidence?: number;
  /** A face that reappears near its last position within this many milliseconds keeps its id. Default 1500. */
  readonly memory?: number;
  /** Milliseconds between two detections while faces are tracked. Default 1000. */
  readonly newcomerEvery?: number;
  /** Milliseconds between two detections while there is no face, or one was just lost. Default 100. */
  readonly searchEvery?: number;
  /** Number in the id of the first face. Default 1. */
  readonly firstFace?: number;
  readonly registration?: RegistrarOptions;
}

/** Milliseconds that each step of the last `update` took. */
export interface FaceTimings {
  /** Whole-frame detection; 0 on most frames. */
  detect: number;
  /** Landmarks of all faces, their crops included. */
  landmarks: number;
  /** Registration of all faces. */
  register: number;
  /** Resampling of all faces' crops. */
  resample: number;
  /** Total of the alignment: the two above, pose and quality. */
  align: number;
}

/** Faces whose outer eye corners are closer than this (frame pixels) are not tracked. */
const LEAST_EYES = 16;
/** Tracks whose boxes overlap more than this are the same face. */
const SAME = 0.4;

/**
 * Tracks the faces of one session from frame to frame; synchronous, for use in a worker thread.
 *
 *     const tracker = new FaceTracker(loadFaceModels(paths));
 *     const faces = tracker.update(frame);
 *
 * Landmarks are located 15 times a second, and in every frame while the head moves fast, in the region of the previous ones; in
 * between, registration carries them along (see {@link Track.carry}). The detector runs on the whole frame only if there is no
 * face, one was lost, or the next search for new faces is due.
 */
export class FaceTracker {
  readonly #models: FaceModels;
  readonly #kernels: Kernels;
  readonly #maxFaces: number;
  readonly #threshold: number;
  readonly #minFaceDetectionConfidence: number;
  readonly #memory: number;
  readonly #newcomerEvery: number;
  readonly #searchEvery: number;
  readonly #registration: RegistrarOptions;
  #tracks: Track[] = [];
  #next: number;
  #detected = -Infinity;
  #size: { width: number; height: number } | undefined;
  readonly timings: FaceTimings = { detect: 0, landmarks: 0, register: 0, resample: 0, align: 0 };

  constructor(models: FaceModels, options: FaceTrackerOptions = {}, kernels = Kernels.shared()) {
    this.#models = models;
    this.#kernels = kernels;
    this.#maxFaces = options.maxFaces ?? 4;
    this.#threshold = options.threshold ?? 0.5;
    this.#minFaceDetectionConfidence = options.minFaceDetectionConfidence ?? 0.98;
    this.#memory = (options.memory ?? 1500) / 1000;
    this.#newcomerEvery = (options.newcomerEvery ?? 1000) / 1000;
    this.#searchEvery = (options.searchEvery ?? 100) / 1000;
    this.#next = options.firstFace ?? 1;
    this.#registration = options.registration ?? {};
  }

  /** The faces of `frame`, oldest first. Crops are valid until the same face's next frame. */
  update(frame: Frame): AlignedFace[] {
    const started = performance.now();
    this.timings.detect = 0;
    this.#kernels.setFrame(frame);
    this.#adaptToSize(frame);
    const lost = this.#follow(frame);
    if (this.#isDetectionDue(frame.t, lost)) {
      const before = performance.now();
      this.#detect(frame);
      this.timings.detect = performance.now() - before;
    }
    const tracked = performance.now();
    this.timings.landmarks = tracked - started - this.timings.detect;
    this.timings.register = 0;
    this.timings.resample = 0;
    const faces = this.#tracks
      .filter((track) => track.active)
      .map((track) => {
        const face = track.align(this.#kernels, frame);
        this.timings.register += track.registerMs;
        this.timings.resample += track.resampleMs;
        return face;
      });
    this.timings.align = performance.now() - tracked;
    return faces;
  }

  /** Tracks every face, locating its landmarks where needed. Returns whether one was lost. */
  #follow(frame: Frame): boolean {
    let lost = false;
    for (const track of this.#tracks) {
      if (!track.active || track.carry(this.#kernels, frame)) continue;
      let region = track.region;
      let mesh = this.#models.landmarks.find(this.#kernels, region);
      const next = regionOfLandmarks(mesh.landmarks);
      // After a jump the face is off-centre in its old region, where landmarks lag behind: locate them again.
      if (mesh.probability >= this.#threshold && isJump(region, next)) {
        region = next;
        mesh = this.#models.landmarks.find(this.#kernels, region);
      }
      if (this.#isFace(mesh, frame)) {
        track.follow(mesh, region, frame.t);
      } else {
        track.lose();
        lost = true;
      }
    }
    // Two tracks converged on one face: the older one stays.
    this.#tracks = this.#tracks.filter(
      (track, i) => !track.active || !this.#tracks.slice(0, i).some((older) => older.active && overlap(older.box, track.box) > SAME),
    );
    this.#tracks = this.#tracks.filter((track) => track.active || Math.abs(frame.t - track.seen) <= this.#memory);
    return lost;
  }

  #isDetectionDue(t: number, lost: boolean): boolean {
    const active = this.#tracks.filter((track) => track.active).length;
    if (active >= this.#maxFaces) return false;
    const since = Math.abs(t - this.#detected);
    if (lost && since > 0) return true;
    const searching = active === 0 || active < this.#tracks.length;
    return since >= (searching ? this.#searchEvery : this.#newcomerEvery) - 1e-6;
  }

  #detect(frame: Frame): void {
    this.#detected = frame.t;
    const detections = this.#models.detector.detect(this.#kernels, frame.width, frame.height);
    for (const detection of detections) {
      const active = this.#tracks.filter((track) => track.active);
      if (active.length >= this.#maxFaces) return;
      if (active.some((track) => isSame(track.box, detection.box))) continue;
      // The detector's box is loose: a first pass of landmarks gives the proper region.
      const rough = this.#models.landmarks.find(this.#kernels, regionOfDetection(detection));
      if (!this.#isFace(rough, frame)) continue;
      const region = regionOfLandmarks(rough.landmarks);
      const mesh = this.#models.landmarks.find(this.#kernels, region);
      if (mesh.probability < this.#minFaceDetectionConfidence || !this.#isFace(mesh, frame)) continue;
      const box = boxOf(mesh.landmarks);
      if (active.some((track) => overlap(track.box, box) > SAME)) continue;
      const known = this.#recall(box);
      if (known) {
        known.follow(mesh, region, frame.t);
      } else {
        const track = new Track(`f${String(this.#next++)}`, mesh, region, frame.t, this.#registration);
        track.follow(mesh, region, frame.t);
        this.#tracks.push(track);
      }
    }
  }

  /** The lost face that this one most likely is: close in position and size. */
  #recall(box: Box): Track | undefined {
    let best: Track | undefined;
    let least = 1;
    for (const track of this.#tracks) {
      if (track.active) continue;
      const size = (track.box[2] + track.box[3]) / 2;
      const ratio = (box[2] + box[3]) / 2 / size;
      if (ratio < 0.6 || ratio > 1.67) continue;
      const distance =
        Math.hypot(box[0] + box[2] / 2 - track.box[0] - track.box[2] / 2, box[1] + box[3] / 2 - track.box[1] - track.box[3] / 2) / size;
      if (distance < least) {
        least = distance;
        best = track;
      }
    }
    return best;
  }

  /** Whether landmarks form a face that is at least partly in the frame. */
  #isFace(mesh: FaceMesh, frame: Frame): boolean {
    if (!(mesh.probability >= this.#threshold) || !(eyeDistance(mesh.landmarks) >= LEAST_EYES)) return false;
    const [x, y, width, height] = boxOf(mesh.landmarks);
    const w = Math.min(frame.width, x + width) - Math.max(0, x);
    const h = Math.min(frame.height, y + height) - Math.max(0, y);
    return w > 0 && h > 0 && w * h > 0.4 * width * height;
  }

  /** A publisher may change its resolution at any frame: tracks continue at the same relative position. */
  #adaptToSize(frame: Frame): void {
    const old = this.#size;
    this.#size = { width: frame.width, height: frame.height };
    if (!old || (old.width === frame.width && old.height === frame.height)) return;
    const scale = frame.width / old.width;
    const isSameShape = Math.abs(frame.height / old.height / scale - 1) < 0.02;
    if (!isSameShape) {
      for (const track of this.#tracks) track.lose();
      return;
    }
    for (const track of this.#tracks) track.rescale(scale);
  }
}

/** Whether a detection and a track are the same face: their boxes are defined differently, so centres are compared. */
function isSame(track: Box, detection: Box): boolean {
  const x = detection[0] + detection[2] / 2;
  const y = detection[1] + detection[3] / 2;
  return (x > track[0] && x < track[0] + track[2] && y > track[1] && y < track[1] + track[3]) || overlap(track, detection) > SAME;
}
