import { CROP_SIZE, type AlignedFace, type Similarity } from '../../face/aligned-face.js';
import { MOTION_REGIONS, type MotionSample } from '../window.js';
import { eyeApertures, mouthAperture } from './apertures.js';
import { HeadMotion } from './head-motion.js';
import { ImageNoise } from './image-noise.js';
import { Patch } from './patch.js';
import { ANCHOR_PLACES, depthOf, REGION_PLACES, type Place } from './places.js';
import { RigidMotion } from './rigid.js';
import { SmoothedCrop } from './smoothed-crop.js';

/** What the meter takes: an aligned face, on reference frames with the same frame in the old reference's registration. */
export type MeterInput = AlignedFace & { readonly cropInPreviousReference?: Float32Array | undefined };

export interface MotionMeterOptions {
  /** Lucas-Kanade steps a frame and patch, each from the last frame's displacement. Default 3. */
  readonly iterations?: number;
}

/** Room around the patches for displaced reading, px. */
const MARGIN = 10;

/**
 * Sub-pixel motion of one face's regions against the reference frame of its span, relative to the rigid face.
 *
 *     crop ─smooth─► patches (Lucas-Kanade) ─┬─ anchors ─► rigid motion ─┐
 *                                            └─ regions ────────────────(−)──► + offset of earlier spans ─► sample
 *
 * One meter a face; frames in order. Synchronous, and allocates only the sample it returns. Patches stay where the reference
 * frame's landmarks put them: landmarks jitter too much to follow.
 */
export class MotionMeter {
  readonly #iterations: number;
  readonly #smoothed = new SmoothedCrop(CROP_SIZE);
  readonly #noise = new ImageNoise(CROP_SIZE);
  readonly #regions: readonly Patch[] = REGION_PLACES.map(patchOf);
  readonly #anchors: readonly Patch[] = ANCHOR_PLACES.map(patchOf);
  readonly #regionDepths = new Float64Array(REGION_PLACES.length);
  readonly #anchorDepths = new Float64Array(ANCHOR_PLACES.length);
  readonly #rigid = new RigidMotion(ANCHOR_PLACES.length, CROP_SIZE);
  readonly #head = new HeadMotion();
  /** What the regions had moved by when the span began: bridges references. */
  readonly #offset = new Float32Array(2 * MOTION_REGIONS.length);
  readonly #shift = new Float64Array(2);
  readonly #current = new Float32Array(2 * MOTION_REGIONS.length);
  #box: readonly [number, number, number, number] = [0, 0, 0, 0];
  #epoch = -1;
  #reference: number | undefined;
  #t = 0;

  constructor(options: MotionMeterOptions = {}) {
    this.#iterations = options.iterations ?? 3;
  }

  /** Measures one frame. `face.crop` is read during the call only. */
  measure(face: MeterInput): MotionSample {
    const dt = face.t - this.#t;
    const known = this.#reference !== undefined;
    if (!known || face.isReference || face.reference !== this.#reference) {
      this.#startSpan(face, known);
      this.#noise.update(this.#smoothed.pixels, CROP_SIZE, dt);
    } else {
      this.#read(face.crop);
      this.#noise.update(this.#smoothed.pixels, CROP_SIZE, dt);
    }
    this.#t = face.t;
    this.#head.update(face, this.#rigid.values[4]!, this.#rigid.values[5]!);

    const motion = new Float32Array(2 * this.#regions.length);
    const sigma = new Float32Array(2 * this.#regions.length);
    for (let r = 0; r < this.#regions.length; r++) {
      const patch = this.#regions[r]!;
      motion[2 * r] = this.#current[2 * r]!;
      motion[2 * r + 1] = this.#current[2 * r + 1]!;
      sigma[2 * r] = patch.sigmaU;
      sigma[2 * r + 1] = patch.sigmaV;
    }
    return {
      face: face.id, t: face.t, index: face.index, epoch: this.#epoch, motion, sigma,
      eyes: eyeApertures(face.landmarks), mouth: mouthAperture(face.landmarks), pose: face.pose,
      headSpeed: this.#head.shift, turnSpeed: this.#head.turn, quality: face.quality.score,
    };
  }

  /** Takes new templates. Where the same frame is there in the old registration, displacements go on from it. */
  #startSpan(face: MeterInput, known: boolean): void {
    if (known && face.cropInPreviousReference !== undefined) {
      this.#read(face.cropInPreviousReference);
      this.#offset.set(this.#current);
    } else {
      this.#offset.fill(0);
      this.#epoch++;
    }
    this.#current.set(this.#offset);
    this.#rigid.reset();
    REGION_PLACES.forEach((at, r) => { this.#regionDepths[r] = depthOf(at, face.pose); });
    ANCHOR_PLACES.forEach((at, k) => { this.#anchorDepths[k] = depthOf(at, face.pose); });
    this.#reference = face.reference;
    const toCrop = invert(face.toFrame);
    const crop = this.#smoothed;
    // Landmarks say how far the patches reach, which says what to smooth.
    this.#box = boxOf(face.landmarks, toCrop);
    crop.update(face.crop, ...this.#box);
    place(this.#regions, REGION_PLACES, face.landmarks, toCrop, crop);
    place(this.#anchors, ANCHOR_PLACES, face.landmarks, toCrop, crop);
    this.#noise.restart(...this.#box);
    for (const patch of this.#regions) patch.track(crop.pixels, CROP_SIZE, 1, this.#noise);
  }

  /** Displacements of all regions in a crop, head removed, into #current. */
  #read(pixels: Float32Array): void {
    const crop = this.#smoothed;
    crop.update(pixels, ...this.#box);
    for (const patch of this.#anchors) patch.track(crop.pixels, CROP_SIZE, this.#iterations, this.#noise);
    this.#rigid.fit(this.#anchors, this.#anchorDepths);
    for (let r = 0; r < this.#regions.length; r++) {
      const patch = this.#regions[r]!;
      patch.track(crop.pixels, CROP_SIZE, this.#iterations, this.#noise);
      this.#rigid.at(patch.cx, patch.cy, this.#regionDepths[r]!, this.#shift);
      this.#current[2 * r] = this.#offset[2 * r]! + patch.u - this.#shift[0]!;
      this.#current[2 * r + 1] = this.#offset[2 * r + 1]! + patch.v - this.#shift[1]!;
    }
  }
}

function patchOf(at: Place): Patch {
  return new Patch(at.half[0], at.half[1]);
}

function place(
  patches: readonly Patch[], places: readonly Place[], landmarks: Float32Array, toCrop: Similarity, crop: SmoothedCrop,
): void {
  for (let k = 0; k < patches.length; k++) {
    const indices = places[k]!.landmarks;
    let x = 0, y = 0;
    for (const i of indices) {
      const px = landmarks[2 * i]!, py = landmarks[2 * i + 1]!;
      x += toCrop.a * px - toCrop.b * py + toCrop.tx;
      y += toCrop.b * px + toCrop.a * py + toCrop.ty;
    }
    patches[k]!.setReference(crop.pixels, crop.size, x / indices.length, y / indices.length);
  }
}

/** The box, in crop px, that holds every patch and the room around it. */
function boxOf(landmarks: Float32Array, toCrop: Similarity): readonly [number, number, number, number] {
  let x0 = CROP_SIZE, y0 = CROP_SIZE, x1 = 0, y1 = 0;
  for (const at of [...REGION_PLACES, ...ANCHOR_PLACES]) {
    for (const i of at.landmarks) {
      const px = landmarks[2 * i]!, py = landmarks[2 * i + 1]!;
      const x = toCrop.a * px - toCrop.b * py + toCrop.tx, y = toCrop.b * px + toCrop.a * py + toCrop.ty;
      x0 = Math.min(x0, x - at.half[0]);
      x1 = Math.max(x1, x + at.half[0]);
      y0 = Math.min(y0, y - at.half[1]);
      y1 = Math.max(y1, y + at.half[1]);
    }
  }
  return [
    Math.max(0, Math.floor(x0) - MARGIN), Math.max(0, Math.floor(y0) - MARGIN),
    Math.min(CROP_SIZE, Math.ceil(x1) + MARGIN), Math.min(CROP_SIZE, Math.ceil(y1) + MARGIN),
  ];
}

/** The inverse of a similarity. */
function invert({ a, b, tx, ty }: Similarity): Similarity {
  const d = a * a + b * b;
  const ia = a / d, ib = -b / d;
  return { a: ia, b: ib, tx: -(ia * tx - ib * ty), ty: -(ib * tx + ia * ty) };
}
