import type { ImageNoise } from './image-noise.js';
import type { MotionKernels } from './kernels.js';
import { Patch } from './patch.js';
import type { Place } from './places.js';
import type { SmoothedCrop } from './smoothed-crop.js';

/** Misfit up to which a template that was read in the last frame is believed, and one that was not. */
const BELIEVED = 0.35;
const FOUND_AGAIN = 0.25;
/** Misfit from which a template is too old: another is taken at the place where the region is now. */
const WORN = 0.1;
/** A reading farther from the landmarks' prediction than this, and this share of what they moved, is of something else, px. */
const BOUND = 3;
const BOUND_SHARE = 0.4;
/** Sigma of a component above which a region is not readable, px. */
const BLURRED = 2;
/** Landmarks that moved farther than this since the last frame say where to start; below, they only add their jitter, px. */
const TRUST_LANDMARKS = 1;
/** Seconds between two new templates; a lost region's time until it is taken anew; time that it has to prove itself for. */
const RETAKE_AFTER = 0.06;
const GIVE_UP_AFTER = 0.2;
const PROBATION = 0.12;

/** Where a region's landmarks are, px since the span's start: as read, low-passed, and what the last frame added. */
export interface Prediction {
  u: number;
  v: number;
  smoothU: number;
  smoothV: number;
  stepU: number;
  stepV: number;
}

/**
 * Follows one region through a span of one reference: by the span's own template while it fits, by a later one, taken on the way,
 * where the skin has deformed, and never away from the landmarks. Says when it can't.
 */
export class RegionTracker {
  /** Displacement since the span's start, px of the crop. */
  u = 0;
  v = 0;
  sigmaU = 0;
  sigmaV = 0;
  misfit = 0;
  doubt = 0;
  readable = false;
  /** Counts the times that the region was lost and taken anew: displacements before and after can't be compared. */
  breaks = 0;
  readonly #key: Patch;
  readonly #local: Patch;
  /** What the local template's displacements count from, and how sure that is. */
  #localU = 0;
  #localV = 0;
  #localSigmaU = 0;
  #localSigmaV = 0;
  #hasLocal = false;
  #active: 'key' | 'local' | 'none' = 'none';
  #sinceTaken = 0;
  #lostFor = 0;
  #probation = 0;

  constructor(kernels: MotionKernels, { half }: Place) {
    this.#key = new Patch(kernels, half[0], half[1]);
    this.#local = new Patch(kernels, half[0], half[1]);
  }

  get cx(): number {
    return this.#key.cx;
  }
  get cy(): number {
    return this.#key.cy;
  }

  /** A new span: the template is taken at (x, y) of the reference crop. */
  begin(crop: SmoothedCrop, x: number, y: number): void {
    this.#key.setReference(crop, x, y);
    this.u = this.v = 0;
    this.sigmaU = this.sigmaV = 0;
    this.#hasLocal = false;
    this.#active = this.#key.usable ? 'key' : 'none';
    this.readable = this.#key.usable;
    this.#sinceTaken = this.#lostFor = this.#probation = 0;
  }

  /** Reads the next crop. `dt`: seconds since the last. */
  track(crop: SmoothedCrop, at: Prediction, dt: number, noise: ImageNoise): void {
    this.#sinceTaken += dt;
    if (this.#tryAll(crop, at, noise)) {
      this.#lostFor = 0;
      if (this.#probation > 0) {
        this.#probation -= dt;
        if (this.#probation <= 0 || this.#active === 'key') {
          if (this.#active === 'local') this.breaks++;
          this.#probation = 0;
          this.readable = true;
        }
      } else {
        this.readable = true;
      }
      if (this.misfit > WORN && this.#sinceTaken > RETAKE_AFTER) this.#retake(crop, this.u, this.v, this.sigmaU, this.sigmaV);
      return;
    }
    this.readable = false;
    this.#active = 'none';
    this.#lostFor += dt;
    if (this.#lostFor > GIVE_UP_AFTER && Math.hypot(at.stepU, at.stepV) < 1) {
      this.u = at.smoothU;
      this.v = at.smoothV;
      this.#retake(crop, this.u, this.v, 0, 0);
      this.#active = 'local';
      this.#probation = PROBATION;
      this.#lostFor = 0;
    }
  }

  #tryAll(crop: SmoothedCrop, at: Prediction, noise: ImageNoise): boolean {
    const far = Math.hypot(at.stepU, at.stepV) > TRUST_LANDMARKS;
    const u = this.u + (far ? at.stepU : 0),
      v = this.v + (far ? at.stepV : 0);
    const active = this.#active;
    if (active === 'key') {
      if (this.#try('key', crop, u, v, at, noise, false)) return true;
      if (this.#try('key', crop, at.u, at.v, at, noise, true)) return true;
    } else if (this.#try('key', crop, at.u, at.v, at, noise, true)) return true;
    if (!this.#hasLocal) return false;
    return this.#try('local', crop, u, v, at, noise, false) || this.#try('local', crop, at.u, at.v, at, noise, true);
  }

  #try(which: 'key' | 'local', crop: SmoothedCrop, u: number, v: number, at: Prediction, noise: ImageNoise, afar: boolean): boolean {
    const isLocal = which === 'local';
    const patch = isLocal ? this.#local : this.#key;
    const fromU = isLocal ? this.#localU : 0,
      fromV = isLocal ? this.#localV : 0;
    patch.track(crop, u - fromU, v - fromV, at.smoothU - fromU, at.smoothV - fromV, noise, afar);
    const foundU = patch.u + fromU,
      foundV = patch.v + fromV;
    const bound = BOUND + BOUND_SHARE * Math.hypot(at.u, at.v);
    const limit = this.#active === which ? BELIEVED : FOUND_AGAIN;
    this.misfit = patch.misfit;
    if (!(patch.misfit < limit && Math.hypot(foundU - at.u, foundV - at.v) < bound && Math.max(patch.sigmaU, patch.sigmaV) < BLURRED))
      return false;
    this.u = foundU;
    this.v = foundV;
    this.sigmaU = isLocal ? Math.hypot(patch.sigmaU, this.#localSigmaU) : patch.sigmaU;
    this.sigmaV = isLocal ? Math.hypot(patch.sigmaV, this.#localSigmaV) : patch.sigmaV;
    this.doubt = patch.doubt;
    this.#active = which;
    return true;
  }

  #retake(crop: SmoothedCrop, u: number, v: number, sigmaU: number, sigmaV: number): void {
    this.#local.setReference(crop, this.#key.cx + u, this.#key.cy + v);
    this.#localU = u;
    this.#localV = v;
    this.#localSigmaU = sigmaU;
    this.#localSigmaV = sigmaV;
    this.#hasLocal = this.#local.usable;
    this.#sinceTaken = 0;
  }
}
