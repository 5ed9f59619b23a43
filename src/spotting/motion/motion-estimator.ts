import { invert } from '../../common/similarity.js';
import { CROP_SIZE, type AlignedFace, type Similarity } from '../../face/contract.js';
import { MOTION_REGIONS, UNREADABLE, type MotionSample } from '../contract.js';
import { eyeApertures, mouthAperture } from './apertures.js';
import { HeadMotion } from './head-motion.js';
import { ImageNoise } from './image-noise.js';
import { MotionKernels } from './kernels.js';
import { Patch } from './patch.js';
import { ANCHOR_PLACES, depthOf, REGION_PLACES, type Place } from './places.js';
import { ReadingQuality } from './reading-quality.js';
import { RegionTracker, type Prediction } from './region-tracker.js';
import { RigidMotion, type Evidence } from './rigid.js';
import { SmoothedCrop } from './smoothed-crop.js';

/** What the meter takes: an aligned face, on reference frames with the same frame in the old reference's registration. */
export type MotionInput = AlignedFace & { readonly cropInPreviousReference?: Float32Array | undefined };

/** Room around the patches for displaced reading, px. */
const MARGIN = 18;
/** Seconds over which the landmarks' prediction is low-passed. */
const SECONDS_TO_PREDICT = 0.15;
/** Model error of an anchor, px: skin that slides a little, depth that is another person's; and of a region, which expressions move. */
const ANCHOR_SIGMA = 0.2;
const SKIN_SIGMA = 2;
/** An anchor whose template fits worse does not say where the head is. */
const ANCHOR_MISFIT = 0.45;
/** What taking a region anew left between the old readings and the new ones fades by this much, px/s: too slow for an expression. */
const FADE = 0.3;
/** Part of the head's own sigma that counts: the rest is the same in the frames before and after. */
const HEAD_SHARE = 0.4;
/** A region whose sigma is larger is not readable, px. */
const LEAST_READABLE = 0.9;
/** Nor is one whose template misfits, or whose head is unsure, by more than this, px. */
const MOST_DOUBT = 0.4;
const REGIONS = MOTION_REGIONS.length;
/** Memory of all templates: two a region, one an anchor. */
const VALUES = [...REGION_PLACES, ...REGION_PLACES, ...ANCHOR_PLACES].reduce((sum, { half }) => sum + Patch.values(half[0], half[1]), 0);
const PIECES = 2 * REGION_PLACES.length + ANCHOR_PLACES.length;

/**
 * Sub-pixel motion of one face's regions against the reference frame of its span, relative to the rigid face.
 *
 *     crop ─smooth─► templates (Lucas-Kanade) ─┬─ anchors ─► rigid motion ─┐
 *     landmarks ─► where to search ────────────┴─ regions ────────────────(−)──► + offset of earlier spans ─► sample
 *
 * One meter a face; frames in order. Synchronous, and allocates only the sample it returns.
 */
export class MotionEstimator {
  readonly #kernels = new MotionKernels(VALUES, PIECES);
  readonly #smoothed = new SmoothedCrop(this.#kernels);
  readonly #noise = new ImageNoise(CROP_SIZE);
  readonly #regions: readonly RegionTracker[] = REGION_PLACES.map((place) => new RegionTracker(this.#kernels, place));
  readonly #anchors: readonly Patch[] = ANCHOR_PLACES.map(({ half }) => new Patch(this.#kernels, half[0], half[1]));
  readonly #regionDepths = new Float64Array(REGIONS);
  /** What anchors, then regions say of the head. */
  readonly #evidence: readonly Evidence[] = [...ANCHOR_PLACES, ...REGION_PLACES].map(() => ({
    isReadable: false,
    x: 0,
    y: 0,
    z: 0,
    u: 0,
    v: 0,
    varianceU: 1,
    varianceV: 1,
  }));
  readonly #rigid = new RigidMotion(ANCHOR_PLACES.length, REGIONS, CROP_SIZE);
  readonly #head = new HeadMotion();
  readonly #quality = new ReadingQuality();
  /** What the regions had moved by when the span began: bridges references. */
  readonly #offset = new Float32Array(2 * REGIONS);
  /** What a region that was taken anew is away from its own template's reading. */
  readonly #bias = new Float32Array(2 * REGIONS);
  readonly #breaks = new Uint32Array(REGIONS);
  readonly #shift = new Float64Array(2);
  readonly #sigma = new Float32Array(2 * REGIONS);
  readonly #current = new Float32Array(2 * REGIONS);
  /** Centres of the regions' landmarks on the reference frame, crop px, and what they moved since. */
  readonly #origins = new Float32Array(2 * REGIONS);
  readonly #predictions: readonly Prediction[] = REGION_PLACES.map(() => ({ u: 0, v: 0, smoothU: 0, smoothV: 0, stepU: 0, stepV: 0 }));
  #epoch = -1;
  #reference: number | undefined;
  #t = 0;

  /** Measures one frame. `face.crop` is read during the call only. */
  measure(face: MotionInput): MotionSample {
    const dt = face.t - this.#t;
    const known = this.#reference !== undefined;
    if (!known || face.isReference || face.reference !== this.#reference) {
      this.#startSpan(face, known, dt);
    } else {
      this.#predict(face.landmarks, invert(face.toFrame), dt);
      this.#read(face.crop, dt);
    }
    this.#noise.update(this.#smoothed.pixels, CROP_SIZE, dt);
    this.#t = face.t;
    this.#head.update(face, this.#rigid.values[4]!, this.#rigid.values[5]!);

    const motion = Float32Array.from(this.#current);
    const sigma = new Float32Array(2 * REGIONS);
    sigma.set(this.#sigma);
    return {
      face: face.id,
      t: face.t,
      index: face.index,
      epoch: this.#epoch,
      motion,
      sigma,
      eyes: eyeApertures(face.landmarks),
      mouth: mouthAperture(face.landmarks),
      pose: face.pose,
      headSpeed: this.#head.shift,
      turnSpeed: this.#head.turn,
      quality: this.#quality.update(sigma, dt) * face.quality.score,
    };
  }

  /** Takes new templates. Where the same frame is there in the old registration, displacements go on from it. */
  #startSpan(face: MotionInput, known: boolean, dt: number): void {
    if (known && face.cropInPreviousReference !== undefined) {
      // The landmarks of the old registration are not known: the regions are near where they were.
      for (const at of this.#predictions) at.stepU = at.stepV = 0;
      this.#read(face.cropInPreviousReference, dt);
      this.#offset.set(this.#current);
    } else {
      this.#offset.fill(0);
      this.#epoch++;
    }
    this.#bias.fill(0);
    this.#current.set(this.#offset);
    this.#rigid.reset();
    for (let r = 0; r < REGIONS; r++) this.#regionDepths[r] = depthOf(REGION_PLACES[r]!, face.pose);
    this.#reference = face.reference;
    const toCrop = invert(face.toFrame);
    const crop = this.#smoothed;
    // Landmarks say how far the patches reach, which says what to smooth.
    crop.setBox(...boxOf(face.landmarks, toCrop));
    crop.update(face.crop);
    for (let r = 0; r < REGIONS; r++) {
      centreOf(REGION_PLACES[r]!, face.landmarks, toCrop, this.#shift);
      this.#origins[2 * r] = this.#shift[0]!;
      this.#origins[2 * r + 1] = this.#shift[1]!;
      const at = this.#predictions[r]!;
      at.u = at.v = at.smoothU = at.smoothV = at.stepU = at.stepV = 0;
      this.#regions[r]!.begin(crop, this.#shift[0]!, this.#shift[1]!);
      this.#standAt(this.#anchors.length + r, this.#regions[r]!, this.#regionDepths[r]!);
    }
    for (let k = 0; k < ANCHOR_PLACES.length; k++) {
      centreOf(ANCHOR_PLACES[k]!, face.landmarks, toCrop, this.#shift);
      this.#anchors[k]!.setReference(crop, this.#shift[0]!, this.#shift[1]!);
      this.#standAt(k, this.#anchors[k]!, depthOf(ANCHOR_PLACES[k]!, face.pose));
    }
    this.#noise.restart(crop.left, crop.top, crop.right, crop.bottom);
    const nowhere = this.#predictions[0]!;
    for (let r = 0; r < REGIONS; r++) {
      this.#regions[r]!.track(crop, nowhere, 0, this.#noise);
      this.#take(r, this.#regions[r]!, 0);
    }
  }

  #standAt(index: number, { cx, cy }: { readonly cx: number; readonly cy: number }, depth: number): void {
    const evidence = this.#evidence[index]!;
    evidence.x = cx;
    evidence.y = cy;
    evidence.z = depth;
  }

  /** What the landmarks moved by since the reference. */
  #predict(landmarks: Float32Array, toCrop: Similarity, dt: number): void {
    const step = 1 - Math.exp(-Math.max(0, dt) / SECONDS_TO_PREDICT);
    for (let r = 0; r < REGIONS; r++) {
      centreOf(REGION_PLACES[r]!, landmarks, toCrop, this.#shift);
      const at = this.#predictions[r]!;
      const u = this.#shift[0]! - this.#origins[2 * r]!,
        v = this.#shift[1]! - this.#origins[2 * r + 1]!;
      at.stepU = u - at.u;
      at.stepV = v - at.v;
      at.u = u;
      at.v = v;
      at.smoothU += step * (u - at.smoothU);
      at.smoothV += step * (v - at.smoothV);
    }
  }

  /** Displacements of all regions in a crop, head removed, into #current. */
  #read(pixels: Float32Array, dt: number): void {
    const crop = this.#smoothed;
    crop.update(pixels);
    for (let k = 0; k < this.#anchors.length; k++) this.#readAnchor(k);
    for (let r = 0; r < REGIONS; r++) {
      const region = this.#regions[r]!,
        evidence = this.#evidence[this.#anchors.length + r]!;
      region.track(crop, this.#predictions[r]!, dt, this.#noise);
      evidence.isReadable = region.readable;
      evidence.u = region.u;
      evidence.v = region.v;
      evidence.varianceU = region.sigmaU ** 2 + SKIN_SIGMA ** 2;
      evidence.varianceV = region.sigmaV ** 2 + SKIN_SIGMA ** 2;
    }
    this.#rigid.fit(this.#evidence);
    for (let r = 0; r < REGIONS; r++) this.#take(r, this.#regions[r]!, FADE * Math.max(0, dt));
  }

  #readAnchor(k: number): void {
    const patch = this.#anchors[k]!,
      evidence = this.#evidence[k]!;
    this.#rigid.at(patch.cx, patch.cy, evidence.z, this.#shift);
    const [u, v] = this.#shift as unknown as [number, number];
    if (patch.misfit <= ANCHOR_MISFIT) patch.track(this.#smoothed, patch.u, patch.v, u, v, this.#noise);
    if (patch.misfit > ANCHOR_MISFIT) patch.track(this.#smoothed, u, v, u, v, this.#noise, true);
    evidence.isReadable = patch.usable && patch.misfit <= ANCHOR_MISFIT;
    evidence.u = patch.u;
    evidence.v = patch.v;
    evidence.varianceU = patch.sigmaU ** 2 + ANCHOR_SIGMA ** 2;
    evidence.varianceV = patch.sigmaV ** 2 + ANCHOR_SIGMA ** 2;
  }

  /** Takes a region's reading, unless it is too unsure: then the last one stays. */
  #take(r: number, region: RegionTracker, fade: number): void {
    const depth = this.#regionDepths[r]!;
    this.#rigid.sigmaAt(region.cx, region.cy, depth, this.#shift);
    const share = HEAD_SHARE / Math.max(0.2, this.#rigid.agreement);
    const sigmaU = Math.hypot(region.sigmaU, share * this.#shift[0]!),
      sigmaV = Math.hypot(region.sigmaV, share * this.#shift[1]!);
    const isReadable =
      region.readable &&
      Math.max(sigmaU, sigmaV) < LEAST_READABLE &&
      Math.hypot(region.doubt, share * Math.max(this.#shift[0]!, this.#shift[1]!)) < MOST_DOUBT;
    this.#sigma[2 * r] = isReadable ? sigmaU : UNREADABLE;
    this.#sigma[2 * r + 1] = isReadable ? sigmaV : UNREADABLE;
    if (!isReadable) return;
    this.#rigid.at(region.cx, region.cy, depth, this.#shift);
    const u = this.#offset[2 * r]! + region.u - this.#shift[0]!,
      v = this.#offset[2 * r + 1]! + region.v - this.#shift[1]!;
    if (region.breaks !== this.#breaks[r]) {
      // Taken anew after it was lost: goes on from the last value that was read.
      this.#breaks[r] = region.breaks;
      this.#bias[2 * r] = this.#current[2 * r]! - u;
      this.#bias[2 * r + 1] = this.#current[2 * r + 1]! - v;
    }
    for (let c = 2 * r; c < 2 * r + 2; c++) {
      const bias = this.#bias[c]!;
      this.#bias[c] = Math.abs(bias) <= fade ? 0 : bias - Math.sign(bias) * fade;
    }
    this.#current[2 * r] = u + this.#bias[2 * r]!;
    this.#current[2 * r + 1] = v + this.#bias[2 * r + 1]!;
  }
}

/** Mean of a place's landmarks in crop px, into `out`. */
function centreOf(place: Place, landmarks: Float32Array, toCrop: Similarity, out: Float64Array): void {
  const indices = place.landmarks;
  let x = 0,
    y = 0;
  for (const i of indices) {
    const px = landmarks[2 * i]!,
      py = landmarks[2 * i + 1]!;
    x += toCrop.a * px - toCrop.b * py + toCrop.tx;
    y += toCrop.b * px + toCrop.a * py + toCrop.ty;
  }
  out[0] = x / indices.length;
  out[1] = y / indices.length;
}

/** The box, in crop px, that holds every patch and the room around it. */
function boxOf(landmarks: Float32Array, toCrop: Similarity): readonly [number, number, number, number] {
  let x0 = CROP_SIZE,
    y0 = CROP_SIZE,
    x1 = 0,
    y1 = 0;
  for (const at of [...REGION_PLACES, ...ANCHOR_PLACES]) {
    for (const i of at.landmarks) {
      const px = landmarks[2 * i]!,
        py = landmarks[2 * i + 1]!;
      const x = toCrop.a * px - toCrop.b * py + toCrop.tx,
        y = toCrop.b * px + toCrop.a * py + toCrop.ty;
      x0 = Math.min(x0, x - at.half[0]);
      x1 = Math.max(x1, x + at.half[0]);
      y0 = Math.min(y0, y - at.half[1]);
      y1 = Math.max(y1, y + at.half[1]);
    }
  }
  return [
    Math.max(0, Math.floor(x0) - MARGIN),
    Math.max(0, Math.floor(y0) - MARGIN),
    Math.min(CROP_SIZE, Math.ceil(x1) + MARGIN),
    Math.min(CROP_SIZE, Math.ceil(y1) + MARGIN),
  ];
}
