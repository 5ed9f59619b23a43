import { fitSimilarity, apply } from '../../../../src/face/mod.js';
import { REGION_PLACES } from '../../../../src/spotting/motion/places.js';
import { pupilDistance, REFERENCE_PUPILS } from '../injections/pupils.js';
import { frameAt, isSeen, pointsAt, type FacePath } from '../track/face-path.js';

/** Landmarks that expressions leave alone: bridge and flanks of the nose, inner and outer corners of the eyes, temples. */
const RIGID = [168, 6, 197, 195, 5, 4, 133, 362, 33, 263, 127, 356, 234, 454, 10, 151] as const;
/** Seconds within which a region's own motion counts. */
const OWN_SPAN = 0.35;

/**
 * How far each region moves by itself on the face within {@link OWN_SPAN} about a moment: the largest distance between two places of its
 * landmarks'
 * mean, head motion taken out, px on a face whose pupils are 76 px apart.
 */
export function ownMotion(path: FacePath, t: number): Float64Array {
  const middle = frameAt(path, t),
    first = frameAt(path, t - OWN_SPAN / 2),
    last = frameAt(path, t + OWN_SPAN / 2);
  const reference = pointsAt(path, middle);
  const scale = REFERENCE_PUPILS / pupilDistance(reference);
  const trails = REGION_PLACES.map((): [number, number][] => []);
  for (let frame = first; frame <= last; frame++) {
    if (!isSeen(path, frame)) continue;
    const points = pointsAt(path, frame);
    const back = fitSimilarity(points, reference, RIGID);
    REGION_PLACES.forEach(({ landmarks }, r) => {
      const x = landmarks.reduce((sum, i) => sum + points[2 * i]!, 0) / landmarks.length;
      const y = landmarks.reduce((sum, i) => sum + points[2 * i + 1]!, 0) / landmarks.length;
      trails[r]!.push(apply(back, x, y));
    });
  }
  return Float64Array.from(trails, (trail) => scale * spread(trail));
}

function spread(trail: readonly (readonly [number, number])[]): number {
  let most = 0;
  for (const [x, y] of trail) for (const [u, v] of trail) most = Math.max(most, Math.hypot(x - u, y - v));
  return most;
}
