import { MOTION_REGIONS, type MotionRegion } from '../../../../src/spotting/mod.js';
import { ownMotion } from '../meter/own-motion.js';
import { isSeen, type FacePath } from '../track/face-path.js';

/** A region that moves by itself by more than this within 0.35 s is busy, px on a face whose pupils are 76 px apart. */
const BUSY = 1;
const MOUTH: readonly MotionRegion[] = ['lip_upper', 'lip_lower', 'chin'];

/** How the face moves by itself in every frame. */
export interface FaceActivity {
  /** Whether no region of the face moves by itself, by frame; false where the face was not found. */
  readonly quiet: readonly boolean[];
  /** Minutes in which the face was found, and in which it was quiet. */
  readonly minutes: number;
  readonly quietMinutes: number;
}

export function activityOf(path: FacePath): FaceActivity {
  const quiet = Array.from(path.times, (t, frame) => isSeen(path, frame) && ownMotion(path, t).every((moved) => moved < BUSY));
  const seen = Array.from(path.times, (_, frame) => isSeen(path, frame)).filter(Boolean).length;
  return { quiet, minutes: seen / path.fps / 60, quietMinutes: quiet.filter(Boolean).length / path.fps / 60 };
}

/** Whether the mouth is at work, e.g. speaking, given how each region moves by itself. */
export function isTalking(own: Float64Array): boolean {
  return MOUTH.some((region) => own[MOTION_REGIONS.indexOf(region)]! >= BUSY);
}
