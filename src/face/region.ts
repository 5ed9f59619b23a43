import type { Similarity } from './contract.js';
import type { Detection } from './detector.js';

/** The rotated square of a frame that is the input of the landmark model. */
export interface FaceRegion {
  /** Centre, frame pixels. */
  readonly x: number;
  readonly y: number;
  /** Edge, frame pixels. */
  readonly size: number;
  /** Radians, clockwise on the screen. */
  readonly angle: number;
}

/** Size of the region relative to the face; FaceMesh was trained with this margin. */
const MARGIN = 1.5;

/** From a detection: its box, rotated so that the eyes are level. */
export function regionOfDetection(face: Detection): FaceRegion {
  const [x, y, width, height] = face.box;
  const [lx = 0, ly = 0, rx = 1, ry = 0] = face.points;
  return { x: x + width / 2, y: y + height / 2, size: MARGIN * Math.max(width, height), angle: Math.atan2(ry - ly, rx - lx) };
}

/** From the landmarks of the previous frame: their bounding box in axes rotated with the eyes (landmarks 33 and 263). */
export function regionOfLandmarks(landmarks: Float32Array): FaceRegion {
  const angle = Math.atan2(point(landmarks, 263, 1) - point(landmarks, 33, 1), point(landmarks, 263, 0) - point(landmarks, 33, 0));
  const c = Math.cos(angle);
  const s = Math.sin(angle);
  let left = Infinity,
    top = Infinity,
    right = -Infinity,
    bottom = -Infinity;
  for (let i = 0; i < landmarks.length; i += 2) {
    const px = landmarks[i]!;
    const py = landmarks[i + 1]!;
    const u = c * px + s * py;
    const v = c * py - s * px;
    left = Math.min(left, u);
    right = Math.max(right, u);
    top = Math.min(top, v);
    bottom = Math.max(bottom, v);
  }
  const u = (left + right) / 2;
  const v = (top + bottom) / 2;
  return { x: c * u - s * v, y: s * u + c * v, size: MARGIN * Math.max(right - left, bottom - top), angle };
}

/** The old region while the new one differs little: landmarks jitter less in a constant window. */
export function steadyRegion(old: FaceRegion, next: FaceRegion): FaceRegion {
  return difference(old, next) < 0.05 ? old : next;
}

/** Whether a face moved, rotated or grew so much in one frame that landmarks located in the old region are not reliable. */
export function isJump(old: FaceRegion, next: FaceRegion): boolean {
  return difference(old, next) > 0.25;
}

/** The largest of shift (in region sizes, doubled), growth and rotation (radians). */
function difference(old: FaceRegion, next: FaceRegion): number {
  const turn = Math.atan2(Math.sin(next.angle - old.angle), Math.cos(next.angle - old.angle));
  return Math.max((2 * Math.hypot(next.x - old.x, next.y - old.y)) / old.size, Math.abs(next.size / old.size - 1), Math.abs(turn));
}

/** From pixels of a crop of `pixels` edge length over the region to frame pixels. */
export function regionToFrame(region: FaceRegion, pixels: number): Similarity {
  const scale = region.size / pixels;
  const a = scale * Math.cos(region.angle);
  const b = scale * Math.sin(region.angle);
  const half = pixels / 2;
  return { a, b, tx: region.x - (a * half - b * half), ty: region.y - (b * half + a * half) };
}

function point(landmarks: Float32Array, index: number, axis: 0 | 1): number {
  return landmarks[2 * index + axis]!;
}
