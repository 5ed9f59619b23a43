import type { HeadPose } from './contract.js';

/** Pairs of landmarks left and right of the face that expressions hardly move: eye corners (outer, inner), temples, by the ears. */
const ACROSS = [
  [33, 263],
  [133, 362],
  [127, 356],
  [234, 454],
] as const;
/** Pairs above and below: forehead, bridge and root of the nose down to its base. */
const DOWN = [
  [10, 2],
  [151, 2],
  [9, 2],
] as const;
/** Pitch of the mesh of a level face: the line from forehead to nose base is not vertical. Mean of 34 frontal portraits (spread 0.09). */
const LEVEL_PITCH = -0.1;

/**
 * Head pose from the landmarks' own depth.
 *
 * @param raw x, y, z of the 468 landmarks in the region's axes (see FaceMesh.raw)
 * @param regionAngle rotation of the region on the screen, radians
 */
export function poseOf(raw: Float32Array, regionAngle: number): HeadPose {
  const across = direction(raw, ACROSS);
  const down = direction(raw, DOWN);
  const roll = Math.atan2(across[1], across[0]) + regionAngle;
  return {
    yaw: Math.atan2(across[2], Math.hypot(across[0], across[1])),
    pitch: Math.atan2(down[2], Math.hypot(down[0], down[1])) - LEVEL_PITCH,
    roll: Math.atan2(Math.sin(roll), Math.cos(roll)),
  };
}

/** Sum of the differences of the pairs: long pairs, whose angle jitters less, weigh more. */
function direction(raw: Float32Array, pairs: readonly (readonly [number, number])[]): [number, number, number] {
  const sum: [number, number, number] = [0, 0, 0];
  for (const [from, to] of pairs)
    for (let axis = 0; axis < 3; axis++) {
      sum[axis] = (sum[axis] ?? 0) + raw[3 * to + axis]! - raw[3 * from + axis]!;
    }
  return sum;
}
