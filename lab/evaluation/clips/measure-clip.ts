import { FaceTracker, type FaceModels } from '../../../src/face/mod.js';
import { MotionEstimator, type MotionSample } from '../../../src/spotting/mod.js';
import type { ClipSource } from '../../datasets/mod.js';
import { FlowMeter, type FlowFeature } from '../../baselines/flow-features.js';
import { readClip, type ClipRead } from './clip-source.js';

/** A clip as the spotters see it. */
export interface MeasuredClip extends ClipRead {
  /** Samples by face, oldest face first. */
  readonly faces: ReadonlyMap<string, readonly MotionSample[]>;
  /** What the baselines see, by face; absent where it was not asked for. */
  readonly flow?: ReadonlyMap<string, readonly FlowFeature[]>;
}

/** How a clip is measured. */
export interface MeasureOptions {
  /** Whether the baselines' dense flow is measured too; takes longer than all the rest. Default false. */
  readonly flow?: boolean;
}

/** Runs the tracker and a motion meter for each face over a whole clip: what a live session does, without dropping frames. */
export async function measureClip(models: FaceModels, source: ClipSource, options: MeasureOptions = {}): Promise<MeasuredClip> {
  const tracker = new FaceTracker(models);
  const meters = new Map<string, { readonly motion: MotionEstimator; readonly flow: FlowMeter | undefined }>();
  const faces = new Map<string, MotionSample[]>();
  const flow = new Map<string, FlowFeature[]>();
  const read = await readClip(source, (frame) => {
    for (const face of tracker.update(frame)) {
      const meter = meters.get(face.id) ?? { motion: new MotionEstimator(), flow: options.flow ? new FlowMeter() : undefined };
      if (!meters.has(face.id)) {
        meters.set(face.id, meter);
        faces.set(face.id, []);
        if (meter.flow) flow.set(face.id, []);
      }
      faces.get(face.id)?.push(rounded(meter.motion.measure(face)));
      if (meter.flow) flow.get(face.id)?.push(roundedFlow(meter.flow.measure(face)));
    }
  });
  return { ...read, faces, ...(options.flow ? { flow } : {}) };
}

/** With the precision of a signals file, so that a clip that was kept gives the very same metrics. */
function rounded(sample: MotionSample): MotionSample {
  const { fround } = Math;
  const {
    t,
    eyes: [left, right],
    mouth,
    pose: { yaw, pitch, roll },
    headSpeed,
    turnSpeed,
    quality,
  } = sample;
  return {
    ...sample,
    t: fround(t),
    eyes: [fround(left), fround(right)],
    mouth: fround(mouth),
    pose: { yaw: fround(yaw), pitch: fround(pitch), roll: fround(roll) },
    headSpeed: fround(headSpeed),
    turnSpeed: fround(turnSpeed),
    quality: fround(quality),
  };
}

function roundedFlow({ t, index, difference, strain }: FlowFeature): FlowFeature {
  return { t: Math.fround(t), index, difference: Math.fround(difference), strain: Math.fround(strain) };
}
