import { CROP_EYES } from '../contract.js';
import { apply, fitSimilarity, scaleOf } from '../../common/similarity.js';
import { RIGID_LANDMARKS } from './rigid-regions.js';

/** Landmarks that expressions move: brows, lids, mouth corners, lips, chin. */
const MOBILE = [70, 105, 107, 300, 334, 336, 159, 386, 61, 291, 0, 17, 50, 280, 152] as const;
/** Limits of a quiet face, crop pixels: mean motion of these landmarks relative to the skull, and motion of the skull. */
const STILL = 0.7;
const STILL_HEAD = 2.5;
/** Relative change of the gap between the lids that is allowed (or 1 px of the frame, if that is more). */
const LID_SHARE = 0.15;

/**
 * Whether a face kept still over the landmarks of its last frames (at least a sixth of a second of them): a moment at which a
 * reference can be changed without cutting through an expression.
 */
export function isQuiet(recent: readonly { readonly t: number; readonly landmarks: Float32Array }[]): boolean {
  const first = recent[0];
  const last = recent.at(-1);
  if (!first || !last || last.t - first.t < 0.16) return false;
  const half = recent[recent.length >> 1] ?? first;
  return isStill(first.landmarks, last.landmarks) && isStill(half.landmarks, last.landmarks) && areLidsStill(recent);
}

/** A blink moves few landmarks, but a reference taken within one shows lids that no later frame shows. */
function areLidsStill(recent: readonly { readonly landmarks: Float32Array }[]): boolean {
  const gaps = recent.map(
    ({ landmarks: at }) => Math.hypot(at[318]! - at[290]!, at[319]! - at[291]!) + Math.hypot(at[772]! - at[748]!, at[773]! - at[749]!),
  );
  const widest = Math.max(...gaps);
  return widest - Math.min(...gaps) <= Math.max(LID_SHARE * widest, 1);
}

function isStill(from: Float32Array, to: Float32Array): boolean {
  const head = fitSimilarity(from, to, RIGID_LANDMARKS);
  const perPixel = CROP_EYES.distance / Math.max(1, Math.hypot(to[526]! - to[66]!, to[527]! - to[67]!));
  if (Math.abs(scaleOf(head) - 1) > 0.03) return false;
  let own = 0;
  let whole = 0;
  for (const i of MOBILE) {
    const x = from[2 * i]!;
    const y = from[2 * i + 1]!;
    const [px, py] = apply(head, x, y);
    own += Math.hypot(to[2 * i]! - px, to[2 * i + 1]! - py);
    whole += Math.hypot(to[2 * i]! - x, to[2 * i + 1]! - y);
  }
  return (own / MOBILE.length) * perPixel < STILL && (whole / MOBILE.length) * perPixel < STILL_HEAD;
}
