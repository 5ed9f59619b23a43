import type { AlignedFace, HeadPose } from './contract.js';
import type { FaceMesh } from './mesh.js';
import { poseOf } from './pose.js';
import { measureCrop, rateQuality } from './quality.js';
import { regionOfLandmarks, steadyRegion, type FaceRegion } from './region.js';
import type { Kernels } from './registration/kernels.js';
import { FaceRegistrar, type Registered, type RegistrarOptions } from './registration/registrar.js';
import type { Frame } from '../ingest/contract.js';

/** Axis-aligned box: x, y, width, height. */
export type Box = readonly [number, number, number, number];

/** Seconds until landmarks are located again while registration follows the head: a rate of 15 Hz or slightly more. */
const LANDMARKS_SERVE = 0.06;
/** Frames between two measurements of light and sharpness, which change slowly. */
const MEASURE_EVERY = 3;

/** One person's face through the frames of a session. */
export class Track {
  readonly id: string;
  /** Where the face is expected in the next frame. */
  region: FaceRegion;
  box: Box;
  mesh: FaceMesh;
  /** Media seconds at which the face was last seen. */
  seen: number;
  /** Whether it was seen in the previous frame; a lost face can be recovered for a while. */
  active = true;
  /** Milliseconds that the last registration and resampling took. */
  registerMs = 0;
  resampleMs = 0;
  readonly #registrar: FaceRegistrar;
  #measured: { light: number; sharpness: number } | undefined;
  #frames = 0;
  /** The region in which the landmarks were located. */
  #pictured: FaceRegion;
  /** Media seconds at which they were located. */
  #readAt: number;
  /** The registration of this frame, if it followed the face without new landmarks. */
  #carried: Registered | undefined;

  constructor(id: string, mesh: FaceMesh, region: FaceRegion, t: number, options: RegistrarOptions = {}) {
    this.#registrar = new FaceRegistrar(options);
    this.id = id;
    this.mesh = mesh;
    this.region = region;
    this.#pictured = region;
    this.#readAt = t;
    this.box = boxOf(mesh.landmarks);
    this.seen = t;
  }

  /** The face was found again. `pictured`: the region in which the landmarks were located. */
  follow(mesh: FaceMesh, pictured: FaceRegion, t: number): void {
    this.mesh = mesh;
    this.box = boxOf(mesh.landmarks);
    this.region = steadyRegion(pictured, regionOfLandmarks(mesh.landmarks));
    this.#pictured = pictured;
    this.#readAt = t;
    this.#carried = undefined;
    this.seen = t;
    this.active = true;
  }

  /**
   * Follows the face in the frame that `kernels` holds by registration alone: FaceMesh is the most expensive step of a frame, and its
   * jitter exceeds the registration's error by far. False if landmarks must be located.
   */
  carry(kernels: Kernels, frame: Frame): boolean {
    const since = frame.t - this.#readAt;
    if (!(since > 0 && since < LANDMARKS_SERVE)) return false;
    const carried = this.#registrar.carry(kernels, frame.t, frame);
    if (!carried) return false;
    this.#carried = carried.registered;
    this.mesh = { ...this.mesh, landmarks: carried.landmarks };
    this.box = boxOf(carried.landmarks);
    this.region = steadyRegion(this.region, regionOfLandmarks(carried.landmarks));
    this.seen = frame.t;
    return true;
  }

  /** The face was not found in this frame. */
  lose(): void {
    this.active = false;
    this.#registrar.reset();
  }

  /** The frame size changed by the factor `scale`. */
  rescale(scale: number): void {
    this.region = { ...this.region, x: this.region.x * scale, y: this.region.y * scale, size: this.region.size * scale };
    this.box = [this.box[0] * scale, this.box[1] * scale, this.box[2] * scale, this.box[3] * scale];
  }

  /** Registers the face in the frame that `kernels` holds. */
  align(kernels: Kernels, frame: Frame): AlignedFace {
    const { landmarks, raw } = this.mesh;
    const pose: HeadPose = poseOf(raw, this.#pictured.angle);
    const registered = this.#carried ?? this.#registrar.register(kernels, { t: frame.t, landmarks, pose, frame });
    this.#carried = undefined;
    if (!this.#measured || this.#frames % MEASURE_EVERY === 0) this.#measured = measureCrop(kernels, registered.crop);
    this.#frames++;
    const { unstable, registerMs, resampleMs, ...aligned } = registered;
    this.registerMs = registerMs;
    this.resampleMs = resampleMs;
    const quality = rateQuality({
      ...this.#measured,
      eyeDistance: eyeDistance(landmarks),
      pose,
      outside: outside(landmarks, frame),
      unstable,
    });
    return { id: this.id, box: this.box, landmarks, pose, quality, t: frame.t, index: frame.index, ...aligned };
  }
}

export function boxOf(landmarks: Float32Array): Box {
  let left = Infinity,
    top = Infinity,
    right = -Infinity,
    bottom = -Infinity;
  for (let i = 0; i < landmarks.length; i += 2) {
    const x = landmarks[i]!;
    const y = landmarks[i + 1]!;
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < top) top = y;
    if (y > bottom) bottom = y;
  }
  return [left, top, right - left, bottom - top];
}

/** Distance of the outer eye corners (landmarks 33 and 263), frame pixels. */
export function eyeDistance(landmarks: Float32Array): number {
  return Math.hypot(landmarks[526]! - landmarks[66]!, landmarks[527]! - landmarks[67]!);
}

function outside(landmarks: Float32Array, frame: { readonly width: number; readonly height: number }): number {
  let count = 0;
  for (let i = 0; i < landmarks.length; i += 2) {
    const x = landmarks[i]!;
    const y = landmarks[i + 1]!;
    if (x < 0 || y < 0 || x > frame.width || y > frame.height) count++;
  }
  return count / (landmarks.length / 2);
}
