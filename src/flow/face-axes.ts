/** FaceMesh landmarks of the outer eye corners: the image's left, then its right. */
const OUTER_EYE_CORNERS = [33, 263] as const;

/** Where the face points in the image, and how large it is; regions are laid out by it. */
export interface FaceAxes {
  /** 1 where the outer eye corners are 88 px apart, as in the reference crop. */
  readonly scale: number;
  /** Unit vector from the image-left to the image-right eye corner. */
  readonly right: readonly [number, number];
  /** Unit vector to the chin, a quarter turn clockwise (on the screen) of `right`. */
  readonly down: readonly [number, number];
}

const EYE_DISTANCE = 88;

/** Position x, y of landmark `index` in `landmarks` (x0, y0, x1, y1, …). */
export function landmark(landmarks: Float32Array, index: number): readonly [number, number] {
  return [landmarks[2 * index]!, landmarks[2 * index + 1]!];
}

/** Axes of a face from its eye corners. A face without width has no axes: scale 0, upright. */
export function faceAxes(landmarks: Float32Array): FaceAxes {
  const [left, right] = OUTER_EYE_CORNERS.map((index) => landmark(landmarks, index));
  const dx = (right?.[0] ?? 0) - (left?.[0] ?? 0);
  const dy = (right?.[1] ?? 0) - (left?.[1] ?? 0);
  const length = Math.hypot(dx, dy);
  if (length === 0) return { scale: 0, right: [1, 0], down: [0, 1] };
  return { scale: length / EYE_DISTANCE, right: [dx / length, dy / length], down: [-dy / length, dx / length] };
}
