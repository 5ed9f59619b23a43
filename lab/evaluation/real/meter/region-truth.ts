import type { Similarity } from '../../../../src/face/mod.js';
import { REGION_PLACES, type Place } from '../../../../src/spotting/motion/places.js';
import type { PlacedField } from '../injections/placed-field.js';

/** Distance of the points at which a field is averaged over a region, px of the crop. */
const STEP = 3;

/** u, v of every region as the field moves it, px of the crop: averaged with the patches' weights about its landmarks. */
export function regionTruth(field: PlacedField | undefined, points: Float32Array, toFrame: Similarity): Float64Array {
  const truth = new Float64Array(2 * REGION_PLACES.length);
  if (!field) return truth;
  REGION_PLACES.forEach((place, r) => {
    truth.set(meanOver(place, field, points, toFrame), 2 * r);
  });
  return truth;
}

function meanOver(
  { landmarks, half: [width, height] }: Place,
  field: PlacedField,
  points: Float32Array,
  { a, b }: Similarity,
): [number, number] {
  let x = 0,
    y = 0;
  for (const i of landmarks) {
    x += points[2 * i]! / landmarks.length;
    y += points[2 * i + 1]! / landmarks.length;
  }
  const moved = new Float64Array(2);
  let u = 0,
    v = 0,
    total = 0;
  for (let j = -height; j <= height; j += STEP) {
    for (let i = -width; i <= width; i += STEP) {
      const weight = Math.exp(-1.5 * ((i / (width + 1)) ** 2 + (j / (height + 1)) ** 2));
      field.at(x + a * i - b * j, y + b * i + a * j, moved);
      u += weight * moved[0]!;
      v += weight * moved[1]!;
      total += weight;
    }
  }
  // From the frame to the crop: by the inverse of toFrame's turn and scale.
  const square = (a * a + b * b) * total;
  return [(a * u + b * v) / square, (a * v - b * u) / square];
}
