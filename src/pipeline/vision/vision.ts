import type { FaceQuality, HeadPose } from '../../face/contract.js';
import type { Frame } from '../../ingest/contract.js';
import type { TickLikelihoods } from '../../spotting/mod.js';
import type { MotionSample } from '../../spotting/contract.js';

/** A tracked face as it leaves the vision thread: without its pixels. Coordinates are pixels of the frame. */
export interface SeenFace {
  readonly id: string;
  readonly box: readonly [number, number, number, number];
  /** The 468 FaceMesh landmarks, x0, y0, x1, y1, …. */
  readonly landmarks: Float32Array;
  readonly pose: HeadPose;
  readonly quality: FaceQuality;
}

/** What the vision thread made of one frame. */
export interface VisionResult {
  readonly index: number;
  readonly t: number;
  readonly width: number;
  readonly height: number;
  readonly receivedAt: number;
  readonly faces: readonly SeenFace[];
  readonly samples: readonly MotionSample[];
  /** The network's likelihoods that this frame completed, of all faces; none where faces are watched by rules. */
  readonly ticks: readonly TickLikelihoods[];
  /** Faces that are gone for good since the last frame. */
  readonly lost: readonly string[];
  /** Milliseconds spent by stage. */
  readonly ms: { readonly track: number; readonly align: number; readonly spot: number };
}

/** The registered onset and apex crops of a window, 224×224 luma, and the onset's landmarks in crop pixels. */
export interface CropPair {
  readonly onset: Uint8Array<ArrayBuffer>;
  readonly apex: Uint8Array<ArrayBuffer>;
  readonly landmarks: Float32Array<ArrayBuffer>;
  /** Of the apex, in the same crop. */
  readonly apexLandmarks: Float32Array<ArrayBuffer>;
  /** Media seconds of the frames actually used: the nearest that are still held. */
  readonly onsetTime: number;
  readonly apexTime: number;
}

/** Methods of the vision thread; `session` keys the trackers it holds. */
export type VisionHandlers = {
  /** `firstFace`: the number of the first face's id. */
  open(session: string, options: { readonly maxFaces: number; readonly firstFace: number }): void;
  analyze(session: string, frame: Frame): VisionResult;
  /** As after the frame at media time `asOf`, even where later ones have been analysed since. */
  crops(session: string, face: string, onset: number, apex: number, asOf: number): CropPair | undefined;
  close(session: string): void;
};
