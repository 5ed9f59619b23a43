import { MOTION_REGIONS, type MotionRegion } from '../window.js';

/** Where a patch sits on the face, and how big it is. */
export interface Place {
  /** FaceMesh landmarks of the reference frame whose mean is the patch's centre. */
  readonly landmarks: readonly number[];
  /** Half width and half height of the patch, px of the reference crop. */
  readonly half: readonly [number, number];
  /**
   * Depth towards the camera's far side, px of the reference crop (negative is nearer than the eye corners): the median over 34
   * neutral frontal faces, as FaceMesh reads it. A turn of θ shifts a point by θ times its depth.
   */
  readonly depth: number;
}

/** The watched regions, in the order of {@link MOTION_REGIONS}. Left is the image's left. */
const WATCHED: Readonly<Record<MotionRegion, Place>> = {
  brow_outer_left: { landmarks: [70, 63, 105, 53, 52], half: [12, 10], depth: -8 },
  brow_inner_left: { landmarks: [107, 66, 55, 65], half: [11, 10], depth: -19 },
  brow_inner_right: { landmarks: [336, 296, 285, 295], half: [11, 10], depth: -19 },
  brow_outer_right: { landmarks: [300, 293, 334, 283, 282], half: [12, 10], depth: -8 },
  eyelid_left: { landmarks: [159, 145, 158, 160, 153, 144], half: [13, 9], depth: -7 },
  eyelid_right: { landmarks: [386, 374, 385, 387, 380, 373], half: [13, 9], depth: -7 },
  nose_left: { landmarks: [98, 64, 129, 48], half: [9, 10], depth: -24 },
  nose_right: { landmarks: [327, 294, 358, 278], half: [9, 10], depth: -24 },
  cheek_left: { landmarks: [50, 205, 187, 101], half: [13, 13], depth: -10 },
  cheek_right: { landmarks: [280, 425, 411, 330], half: [13, 13], depth: -10 },
  mouth_corner_left: { landmarks: [61, 185, 146], half: [11, 10], depth: -16 },
  mouth_corner_right: { landmarks: [291, 409, 375], half: [11, 10], depth: -16 },
  lip_upper: { landmarks: [0, 37, 267, 13], half: [13, 8], depth: -29 },
  lip_lower: { landmarks: [17, 14, 84, 314], half: [13, 9], depth: -27 },
  chin: { landmarks: [152, 175, 199], half: [14, 11], depth: -20 },
};

export const REGION_PLACES: readonly Place[] = MOTION_REGIONS.map((region) => WATCHED[region]);

/** Places that expressions leave alone, by which the head's own motion is known: nose and eye corners. */
export const ANCHOR_PLACES: readonly Place[] = [
  { landmarks: [168, 6], half: [9, 8], depth: -23 },
  { landmarks: [197, 195], half: [10, 9], depth: -34 },
  { landmarks: [4, 1], half: [11, 9], depth: -45 },
  { landmarks: [217, 198], half: [8, 9], depth: -24 },
  { landmarks: [437, 420], half: [8, 9], depth: -24 },
  { landmarks: [133, 243], half: [8, 8], depth: -6 },
  { landmarks: [362, 463], half: [8, 8], depth: -6 },
  { landmarks: [33, 130, 226], half: [9, 9], depth: 2 },
  { landmarks: [263, 359, 446], half: [9, 9], depth: 2 },
];
