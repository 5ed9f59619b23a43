import { FaceTracker, type AlignedFace, type FaceModels } from '../../face/mod.js';
import { MotionMeter, type MotionSample } from '../../spotting/mod.js';
import type { ClipSource } from '../../datasets/mod.js';
import { readClip, type ClipRead } from './clip-source.js';

/** A clip as the spotters see it. */
export interface MeasuredClip extends ClipRead {
  /** Samples by face, oldest face first. */
  readonly faces: ReadonlyMap<string, readonly MotionSample[]>;
}

/** How a clip is measured. */
export interface MeasureOptions {
  /** Called with every aligned face beside the meter; its crop is valid during the call. */
  readonly onFace?: (face: AlignedFace) => void;
}

/** Runs the tracker and a motion meter for each face over a whole clip: what a live session does, without dropping frames. */
export async function measureClip(models: FaceModels, source: ClipSource, { onFace }: MeasureOptions = {}): Promise<MeasuredClip> {
  const tracker = new FaceTracker(models);
  const meters = new Map<string, MotionMeter>();
  const faces = new Map<string, MotionSample[]>();
  const read = await readClip(source, (frame) => {
    for (const face of tracker.update(frame)) {
      let meter = meters.get(face.id);
      if (!meter) meters.set(face.id, meter = new MotionMeter());
      const samples = faces.get(face.id) ?? [];
      faces.set(face.id, samples);
      samples.push(rounded(meter.measure(face)));
      onFace?.(face);
    }
  });
  return { ...read, faces };
}

/** With the precision of a signals file, so that a clip that was kept gives the very same figures. */
function rounded(sample: MotionSample): MotionSample {
  const { fround } = Math;
  const { t, eyes: [left, right], mouth, pose: { yaw, pitch, roll }, headSpeed, turnSpeed, quality } = sample;
  return {
    ...sample, t: fround(t), eyes: [fround(left), fround(right)], mouth: fround(mouth), pose: { yaw: fround(yaw), pitch: fround(pitch), roll: fround(roll) },
    headSpeed: fround(headSpeed), turnSpeed: fround(turnSpeed), quality: fround(quality),
  };
}
