import { isReadable, MOTION_REGIONS, type MotionSample } from '../../spotting/contract.js';
import { displaced, measureUnits } from './action-units.js';
import { FaceRest } from './face-rest.js';
import type { FaceValues } from './series-row.js';

/** Where eyes and mouth stand behind the motion in the values whose rest is taken. */
const MOTION_VALUES = 2 * MOTION_REGIONS.length;

/** The action units of one face, frame by frame, against its own rest. */
export class FaceUnits {
  readonly #rest = new FaceRest();

  /** Takes the next frame. */
  see(sample: MotionSample): Pick<FaceValues, 'motion' | 'moved' | 'units' | 'present'> {
    const { t, epoch, sigma, eyes, mouth } = sample;
    const motion = sample.motion.map((value, i) => (isReadable(sample, i >> 1) ? value : Number.NaN));
    const values = new Float32Array(MOTION_VALUES + 3);
    values.set(motion);
    values.set([...eyes, mouth], MOTION_VALUES);
    const rest = this.#rest.see(t, epoch, values);
    const [left, right, lips] = [rest[MOTION_VALUES]!, rest[MOTION_VALUES + 1]!, rest[MOTION_VALUES + 2]!];
    const closed = 1 - (eyes[0] + eyes[1]) / (left + right);
    return {
      motion,
      moved: Float32Array.from(MOTION_REGIONS, (_, r) => Math.hypot(motion[2 * r]! - rest[2 * r]!, motion[2 * r + 1]! - rest[2 * r + 1]!)),
      ...measureUnits(displaced(motion, rest, sigma, { parted: mouth - lips, closed })),
    };
  }
}
