import { faceAxes, landmark } from './face-axes.js';

/**
 * Distances within a face that show what flow can't: how far eyes and mouth are open. Pixels of a face whose outer eye corners are 88 px
 * apart.
 */
export interface FaceShape {
  /** Between the lids, of the eye on the image's left and on its right. */
  readonly eyes: readonly [left: number, right: number];
  /** Between the inner edges of the lips. */
  readonly lips: number;
  /** Between the mouth's corners. */
  readonly mouth: number;
  /** Height of the red of both lips. */
  readonly red: number;
  /** From the base of the nose to the chin. */
  readonly jaw: number;
}

/** The same face at onset and apex. */
export interface ShapeChange {
  readonly onset: FaceShape;
  readonly apex: FaceShape;
  /** By how much the flow moves the lids' margins apart, of the eye on the image's left and on its right; absent in older reports. */
  readonly lids?: readonly [left: number, right: number] | undefined;
}

/** @param landmarks 468 FaceMesh points, x0, y0, … */
export function faceShape(landmarks: Float32Array): FaceShape {
  const { scale } = faceAxes(landmarks);
  const between = (a: number, b: number): number => {
    const [ax, ay] = landmark(landmarks, a);
    const [bx, by] = landmark(landmarks, b);
    return Math.hypot(ax - bx, ay - by) / (scale || 1);
  };
  return {
    eyes: [(between(159, 145) + between(158, 153)) / 2, (between(386, 374) + between(385, 380)) / 2],
    lips: between(13, 14),
    mouth: between(61, 291),
    red: between(0, 13) + between(14, 17),
    jaw: between(2, 152),
  };
}
