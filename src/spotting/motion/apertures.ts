/** Lid and corner landmarks of FaceMesh: upper lid, lower lid, corner, corner. First the eye on the image's left. */
const LEFT_EYE = [159, 145, 33, 133] as const;
const RIGHT_EYE = [386, 374, 263, 362] as const;
/** Inner lips: upper, lower, corner, corner. */
const MOUTH = [13, 14, 78, 308] as const;

type Opening = readonly [number, number, number, number];

function opening(landmarks: Float32Array, [upper, lower, from, to]: Opening): number {
  const width = distance(landmarks, from, to);
  return width > 0 ? distance(landmarks, upper, lower) / width : 0;
}

function distance(landmarks: Float32Array, i: number, j: number): number {
  return Math.hypot(landmarks[2 * i]! - landmarks[2 * j]!, landmarks[2 * i + 1]! - landmarks[2 * j + 1]!);
}

/** Height over width of both lid openings, image's left and right. `landmarks`: 468 × (x, y), any similarity frame. */
export function eyeApertures(landmarks: Float32Array): readonly [number, number] {
  return [opening(landmarks, LEFT_EYE), opening(landmarks, RIGHT_EYE)];
}

/** Inner lip distance over mouth width. `landmarks` as above. */
export function mouthAperture(landmarks: Float32Array): number {
  return opening(landmarks, MOUTH);
}
