import { CROP_EYES, CROP_SIZE, type HeadPose, type Similarity } from '../contract.js';
import { apply, compose, cornerDistance, fitSimilarity, invert, scaleOf } from '../../common/similarity.js';
import { register, type Fit } from './gauss-newton.js';
import { levelFor, type Kernels } from './kernels.js';
import { RIGID_LANDMARKS, rigidMask } from './rigid-regions.js';
import { isQuiet } from './quiet.js';
import { makeTemplate, type Template } from './template.js';

/** When a new reference frame is taken, and what counts as a failure. */
export interface RegistrarOptions {
  /** Milliseconds after which a new reference is taken at the next quiet moment, and after three times as long at any. Default 2000. */
  readonly maxSpan?: number;
  /** Radians that yaw or pitch may change within a span. Default 0.16 (9°). */
  readonly maxTurn?: number;
  /** Times its usual value that the residual may stay for half a second. Default 3: a broad smile doubles it. */
  readonly maxResidual?: number;
}

/** Registration of one face in one frame. */
export interface Registered {
  readonly crop: Float32Array;
  readonly cropInPreviousReference?: Float32Array;
  readonly reference: number;
  readonly isReference: boolean;
  readonly toFrame: Similarity;
  readonly residual: number;
  /** Registration failed and restarted at this frame. */
  readonly unstable: boolean;
  /** Milliseconds for finding the transform, and for resampling the crop. */
  readonly registerMs: number;
  readonly resampleMs: number;
}

/** A face followed by its registration alone. */
export interface CarriedFace {
  readonly registered: Registered;
  /** Of the frame before, moved with the head; frame pixels. */
  readonly landmarks: Float32Array;
}

/** The face in this frame, as the tracker knows it. */
export interface FaceObservation {
  /** Media seconds. */
  readonly t: number;
  /** Frame pixels. */
  readonly landmarks: Float32Array;
  readonly pose: HeadPose;
  readonly frame: { readonly width: number; readonly height: number };
}

interface Span {
  readonly number: number;
  readonly t: number;
  readonly pose: HeadPose;
  readonly landmarks: Float32Array;
  readonly toFrame: Similarity;
  readonly level: number;
  readonly fine: Template;
  readonly coarse: Template;
  readonly frame: { readonly width: number; readonly height: number };
}

/** Motion above this is first estimated coarsely, crop pixels. */
const LARGE_MOTION = 4;
/** A start from landmarks is better than the frame before above this, crop pixels; below, landmarks only add their jitter. */
const TRUST_LANDMARKS = 1;
/** Maximum disagreement of registration and landmarks at the corners of the crop, crop pixels. */
const MAX_DISAGREEMENT = 16;
/** Maximum motion from frame to frame at which a face is followed without landmarks, crop pixels. */
const MAX_CARRIED_MOTION = 1.5;
/** Levels of the pyramid between fine and coarse registration: a quarter of the resolution. */
const COARSE = 2;
/** Grey levels; residuals below three times this never count as too large. */
const LEAST_USUAL = 1.5;

/**
 * Registers the frames of one face to the reference frame of its span and resamples each once from the original pixels.
 *
 *     reference frame ──landmarks──► canonical crop ──slopes──► template
 *     each frame: start (frame before, or landmarks) ─► Gauss-Newton ─► transform ─► one bicubic resampling
 */
export class FaceRegistrar {
  readonly #maxSpan: number;
  readonly #maxTurn: number;
  readonly #maxResidual: number;
  readonly #crop = new Float32Array(CROP_SIZE * CROP_SIZE);
  readonly #bridge = new Float32Array(CROP_SIZE * CROP_SIZE);
  readonly #blurred = new Float32Array(CROP_SIZE * CROP_SIZE);
  readonly #mask = new Float32Array(CROP_SIZE * CROP_SIZE);
  #span: Span | undefined;
  #last: { fit: Fit; landmarks: Float32Array } | undefined;
  #references = 0;
  /** Usual residual of the span, and media seconds since which it has been too large. */
  #usual = 0;
  #largeSince: number | undefined;
  #recent: { t: number; landmarks: Float32Array }[] = [];

  constructor(options: RegistrarOptions = {}) {
    this.#maxSpan = (options.maxSpan ?? 2000) / 1000;
    this.#maxTurn = options.maxTurn ?? 0.16;
    this.#maxResidual = options.maxResidual ?? 3;
  }

  /** The face was not found: the next frame begins a new span, without a bridge. */
  reset(): void {
    this.#span = undefined;
    this.#last = undefined;
    this.#recent = [];
  }

  /** Registers the face in the frame that `kernels` holds. */
  register(kernels: Kernels, face: FaceObservation): Registered {
    const span = this.#span;
    if (span && (span.frame.width !== face.frame.width || span.frame.height !== face.frame.height)) this.reset();
    this.#remember(face);
    const started = performance.now();
    if (!this.#span) return this.#begin(kernels, face, false, started);
    const fit = this.#fit(kernels, this.#span, face);
    if (!fit) return this.#begin(kernels, face, true, started);
    const registered = performance.now();
    if (this.#isOver(this.#span, face, fit)) {
      kernels.resample(fit.toFrame, this.#span.level, this.#bridge);
      return this.#begin(kernels, face, false, started, this.#bridge);
    }
    this.#last = { fit, landmarks: face.landmarks };
    kernels.resample(fit.toFrame, this.#span.level, this.#crop);
    return {
      crop: this.#crop,
      reference: this.#span.number,
      isReference: false,
      toFrame: fit.toFrame,
      residual: fit.residual,
      unstable: false,
      registerMs: registered - started,
      resampleMs: performance.now() - registered,
    };
  }

  /**
   * Registers the face without new landmarks: those of the frame before move with the head. `undefined` where that can't be relied
   * on, since the head moved fast, the picture changed, or a new reference is due; nothing has changed then, and `register` decides.
   */
  carry(kernels: Kernels, t: number, frame: FaceObservation['frame']): CarriedFace | undefined {
    const span = this.#span;
    const last = this.#last;
    if (!span || !last || span.frame.width !== frame.width || span.frame.height !== frame.height) return undefined;
    if (t - span.t > 3 * this.#maxSpan) return undefined;
    const started = performance.now();
    const before = last.fit.toFrame;
    const fit = register(kernels, span.fine, before, span.level, { gain: last.fit.gain, bias: last.fit.bias });
    if (!fit.converged || fit.inliers < 0.3) return undefined;
    if (cornerDistance(fit.toFrame, before, CROP_SIZE) / scaleOf(before) > MAX_CARRIED_MOTION) return undefined;
    const zoom = scaleOf(fit.toFrame) / scaleOf(span.toFrame);
    if (zoom > 1.3 || zoom < 0.77) return undefined;
    if (t - span.t > 0.5 && fit.residual > this.#maxResidual * Math.max(this.#usual, LEAST_USUAL)) return undefined;
    this.#learnUsual(span, t, fit.residual);
    const moved = compose(fit.toFrame, invert(before));
    const landmarks = transformed(moved, last.landmarks);
    this.#last = { fit, landmarks };
    const registered = performance.now();
    kernels.resample(fit.toFrame, span.level, this.#crop);
    return {
      landmarks,
      registered: {
        crop: this.#crop,
        reference: span.number,
        isReference: false,
        toFrame: fit.toFrame,
        residual: fit.residual,
        unstable: false,
        registerMs: registered - started,
        resampleMs: performance.now() - registered,
      },
    };
  }

  /** This frame becomes the reference. */
  #begin(kernels: Kernels, face: FaceObservation, unstable: boolean, started: number, bridge?: Float32Array): Registered {
    const toFrame = canonicalTransform(face.landmarks);
    const level = levelFor(scaleOf(toFrame));
    const before = performance.now();
    kernels.resample(toFrame, level, this.#crop);
    const resampleMs = performance.now() - before;
    const mask = rigidMask(toCrop(toFrame, face.landmarks), this.#mask);
    const fine = makeTemplate(kernels, this.#crop, mask);
    const blurred = kernels.resample(toFrame, level + COARSE, this.#blurred);
    const coarse = makeTemplate(kernels, blurred, mask, { points: 2000 });
    this.#span = {
      number: this.#references++,
      t: face.t,
      pose: face.pose,
      landmarks: face.landmarks,
      toFrame,
      level,
      fine,
      coarse,
      frame: face.frame,
    };
    this.#last = {
      fit: { toFrame, gain: 1, bias: fine.mean, residual: 0, inliers: 1, steps: 0, converged: true },
      landmarks: face.landmarks,
    };
    this.#usual = 0;
    this.#largeSince = undefined;
    return {
      crop: this.#crop,
      reference: this.#span.number,
      isReference: true,
      toFrame,
      residual: 0,
      unstable,
      registerMs: performance.now() - started - resampleMs,
      resampleMs,
      ...(bridge ? { cropInPreviousReference: bridge } : {}),
    };
  }

  #fit(kernels: Kernels, span: Span, face: FaceObservation): Fit | undefined {
    const last = this.#last;
    if (!last) return undefined;
    const { gain, bias } = last.fit;
    const moved = compose(fitSimilarity(last.landmarks, face.landmarks, RIGID_LANDMARKS), last.fit.toFrame);
    const toCropPixels = 1 / scaleOf(last.fit.toFrame);
    const motion = cornerDistance(moved, last.fit.toFrame, CROP_SIZE) * toCropPixels;
    let start = motion > TRUST_LANDMARKS ? moved : last.fit.toFrame;
    if (motion > LARGE_MOTION) start = this.#coarse(kernels, span, start, last.fit);
    const fit = register(kernels, span.fine, start, span.level, { gain, bias });
    if (this.#isSound(fit, span, face)) return fit;
    // Lost: begin again from where the landmarks lie against those of the reference frame.
    const anew = compose(fitSimilarity(span.landmarks, face.landmarks, RIGID_LANDMARKS), span.toFrame);
    const second = register(kernels, span.fine, this.#coarse(kernels, span, anew, last.fit), span.level, { gain, bias });
    return this.#isSound(second, span, face) ? second : undefined;
  }

  #coarse(kernels: Kernels, span: Span, start: Similarity, light: { gain: number; bias: number }): Similarity {
    const fit = register(
      kernels,
      span.coarse,
      start,
      span.level + COARSE,
      { gain: light.gain, bias: light.bias + span.coarse.mean - span.fine.mean },
      { tolerance: 0.1 },
    );
    const far = cornerDistance(fit.toFrame, start, CROP_SIZE) / scaleOf(start);
    return fit.converged && far < MAX_DISAGREEMENT ? fit.toFrame : start;
  }

  /** Whether a fit is plausible: it converged, most of the region agrees, and the landmarks are nearby. */
  #isSound(fit: Fit, span: Span, face: FaceObservation): boolean {
    if (!fit.converged || fit.inliers < 0.3) return false;
    const expected = compose(fitSimilarity(span.landmarks, face.landmarks, RIGID_LANDMARKS), span.toFrame);
    return cornerDistance(fit.toFrame, expected, CROP_SIZE) / scaleOf(expected) < MAX_DISAGREEMENT;
  }

  /** Whether the span ends with this frame. */
  #isOver(span: Span, face: FaceObservation, fit: Fit): boolean {
    const turn = Math.max(Math.abs(face.pose.yaw - span.pose.yaw), Math.abs(face.pose.pitch - span.pose.pitch));
    if (turn > this.#maxTurn) return true;
    const zoom = scaleOf(fit.toFrame) / scaleOf(span.toFrame);
    if (zoom > 1.3 || zoom < 0.77) return true;
    const age = face.t - span.t;
    this.#learnUsual(span, face.t, fit.residual);
    if (age > 0.5 && fit.residual > this.#maxResidual * Math.max(this.#usual, LEAST_USUAL)) {
      this.#largeSince ??= face.t;
      if (face.t - this.#largeSince > 0.5) return true;
    } else {
      this.#largeSince = undefined;
    }
    return age > this.#maxSpan && (age > 3 * this.#maxSpan || isQuiet(this.#recent));
  }

  /** Of the first half second, then slowly onwards: right after the reference a codec repeats even its noise. */
  #learnUsual(span: Span, t: number, residual: number): void {
    this.#usual += (t - span.t < 0.5 ? 0.2 : 0.01) * (residual - this.#usual);
  }

  /** Keeps the landmarks of the last third of a second, to tell a quiet moment. */
  #remember(face: FaceObservation): void {
    this.#recent.push({ t: face.t, landmarks: face.landmarks });
    this.#recent = this.#recent.filter((old) => face.t - old.t < 0.34 && old.t <= face.t);
  }
}

/** From the reference crop to the frame, by the outer eye corners alone (see CROP_EYES). */
function canonicalTransform(landmarks: Float32Array): Similarity {
  const half = CROP_EYES.distance / 2;
  const from = [CROP_EYES.centreX - half, CROP_EYES.centreY, CROP_EYES.centreX + half, CROP_EYES.centreY];
  const to = [66, 67, 526, 527].map((i) => landmarks[i]!);
  return fitSimilarity(from, to);
}

/** Landmarks in crop pixels. */
export function toCrop(toFrame: Similarity, landmarks: Float32Array): Float32Array {
  return transformed(invert(toFrame), landmarks);
}

function transformed(transform: Similarity, landmarks: Float32Array): Float32Array {
  const out = new Float32Array(landmarks.length);
  for (let i = 0; i < landmarks.length; i += 2) {
    const [x, y] = apply(transform, landmarks[i]!, landmarks[i + 1]!);
    out[i] = x;
    out[i + 1] = y;
  }
  return out;
}
