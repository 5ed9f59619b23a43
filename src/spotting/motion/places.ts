import type { HeadPose } from '../../face/contract.js';
import { MOTION_REGIONS, type MotionRegion } from '../contract.js';

/** Where a patch sits on the face, and how big it is. */
export interface Place {
  /** FaceMesh landmarks of the reference frame whose mean is the patch's centre. */
  readonly landmarks: readonly number[];
  /** Half width and half height of the patch, px of the reference crop. */
  readonly half: readonly [number, number];
  /**
   * Place on a frontal face, px of the reference crop from the middle between the outer eye corners: right, down, away from the
   * camera. Medians over 34 neutral faces as FaceMesh reads them; for depths only.
   */
  readonly at: readonly [number, number, number];
}

/** The watched regions, in the order of {@link MOTION_REGIONS}. Left is the image's left. */
const WATCHED: Readonly<Record<MotionRegion, Place>> = {
  brow_outer_left: { landmarks: [70, 63, 105, 53, 52], half: [12, 10], at: [-46, -19, -8] },
  brow_inner_left: { landmarks: [107, 66, 55, 65], half: [11, 10], at: [-20, -19, -20] },
  brow_inner_right: { landmarks: [336, 296, 285, 295], half: [11, 10], at: [20, -19, -19] },
  brow_outer_right: { landmarks: [300, 293, 334, 283, 282], half: [12, 10], at: [46, -18, -8] },
  eyelid_left: { landmarks: [159, 145, 158, 160, 153, 144], half: [13, 9], at: [-32, -1, -7] },
  eyelid_right: { landmarks: [386, 374, 385, 387, 380, 373], half: [13, 9], at: [32, -1, -7] },
  nose_left: { landmarks: [98, 64, 129, 48], half: [9, 10], at: [-18, 39, -24] },
  nose_right: { landmarks: [327, 294, 358, 278], half: [9, 10], at: [17, 38, -23] },
  cheek_left: { landmarks: [50, 205, 187, 101], half: [13, 13], at: [-43, 37, -10] },
  cheek_right: { landmarks: [280, 425, 411, 330], half: [13, 13], at: [42, 37, -9] },
  mouth_corner_left: { landmarks: [61, 185, 146], half: [11, 10], at: [-22, 66, -16] },
  mouth_corner_right: { landmarks: [291, 409, 375], half: [11, 10], at: [22, 66, -16] },
  lip_upper: { landmarks: [0, 37, 267, 13], half: [13, 8], at: [0, 59, -29] },
  lip_lower: { landmarks: [17, 14, 84, 314], half: [13, 9], at: [0, 72, -27] },
  chin: { landmarks: [152, 175, 199], half: [14, 11], at: [0, 104, -20] },
};

export const REGION_PLACES: readonly Place[] = MOTION_REGIONS.map((region) => WATCHED[region]);

/**
 * Places that expressions leave alone, by which the head's own motion is known: the nose, its flanks beside the inner eye corners,
 * the bone beside the outer ones (the corners themselves move in a blink).
 */
export const ANCHOR_PLACES: readonly Place[] = [
  { landmarks: [168, 6], half: [9, 8], at: [0, -2, -23] },
  { landmarks: [197, 195], half: [10, 9], at: [0, 12, -34] },
  { landmarks: [4, 1], half: [11, 9], at: [-1, 34, -45] },
  { landmarks: [217, 198], half: [8, 9], at: [-13, 21, -24] },
  { landmarks: [437, 420], half: [8, 9], at: [12, 21, -24] },
  { landmarks: [243, 244, 193], half: [6, 9], at: [-11, 0, -11] },
  { landmarks: [463, 464, 417], half: [6, 9], at: [11, 0, -11] },
  { landmarks: [226, 35, 124], half: [8, 9], at: [-53, 1, 5] },
  { landmarks: [446, 265, 353], half: [8, 9], at: [53, 1, 5] },
];

/** How far a place lies behind the middle of the eyes on a turned face, px of the reference crop. */
export function depthOf({ at: [x, y, z] }: Place, { yaw, pitch }: HeadPose): number {
  const turned = x * Math.sin(yaw) + z * Math.cos(yaw);
  return y * Math.sin(pitch) + turned * Math.cos(pitch);
}
