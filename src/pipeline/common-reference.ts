import { CROP_SIZE, FaceRegistrar, Kernels, toCrop } from '../face/mod.js';
import type { HeldCrop } from './crop-ring.js';
import type { CropPair } from './vision/vision.js';

const STILL = { yaw: 0, pitch: 0, roll: 0 };
const SIZE = { width: CROP_SIZE, height: CROP_SIZE };

/** Crops and landmarks of both moments in one registration. */
export type CommonPair = Pick<CropPair, 'onset' | 'apex' | 'landmarks' | 'apexLandmarks'>;

/**
 * Onset and apex in one registration, as MEFlowNet wants them. Where the span's reference changed between the two they are
 * registered anew, crop to crop, and both resampled once more so that neither is softer; `undefined` where that fails.
 */
export function inCommonReference(onset: HeldCrop, apex: HeldCrop): CommonPair | undefined {
  if (onset.reference === apex.reference) {
    return {
      onset: onset.luma.slice(),
      apex: apex.luma.slice(),
      landmarks: onset.landmarks.slice(),
      apexLandmarks: apex.landmarks.slice(),
    };
  }
  const kernels = Kernels.shared();
  const registrar = new FaceRegistrar();
  const both: { crop: Uint8Array<ArrayBuffer>; landmarks: Float32Array<ArrayBuffer> }[] = [];
  for (const [i, held] of [onset, apex].entries()) {
    kernels.setFrame({ ...SIZE, data: asPicture(held.luma) });
    const registered = registrar.register(kernels, { t: i / 30, landmarks: held.landmarks, pose: STILL, frame: SIZE });
    if (i === 1 && registered.isReference) return undefined;
    both.push({ crop: toBytes(registered.crop), landmarks: toCrop(held.landmarks, registered.toFrame) });
  }
  const [first, second] = both;
  return first && second && { onset: first.crop, apex: second.crop, landmarks: first.landmarks, apexLandmarks: second.landmarks };
}

/** I420 without colour. */
function asPicture(luma: Uint8Array): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(CROP_SIZE * CROP_SIZE * 1.5).fill(128);
  data.set(luma);
  return data;
}

/** Grey levels rounded to bytes, which is what a clamped array does when it is set. */
export function toBytes(crop: Float32Array, into?: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const bytes = into?.length === crop.length ? into : new Uint8Array(crop.length);
  new Uint8ClampedArray(bytes.buffer, bytes.byteOffset, bytes.length).set(crop);
  return bytes;
}
