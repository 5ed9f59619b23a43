/** The distance of the pupils in whose pixels peaks are given. */
export const REFERENCE_PUPILS = 76;
/** Corners of each eye. */
const EYES = [
  [33, 133],
  [362, 263],
] as const;

/** Distance of the middles of both eyes, px of the frame. */
export function pupilDistance(points: Float32Array): number {
  const [left, right] = EYES.map(
    ([a, b]) => [(points[2 * a]! + points[2 * b]!) / 2, (points[2 * a + 1]! + points[2 * b + 1]!) / 2] as const,
  );
  return Math.hypot(right![0] - left![0], right![1] - left![1]);
}
