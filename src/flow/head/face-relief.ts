import { CANONICAL_FACE } from './canonical-face.js';
import { solve } from './solve.js';

/** Every how many pixels the relief is known; between them it is interpolated. */
const CELL = 4;

/** How far away from the camera each part of a face is, in pixels of the image that its landmarks lie in. */
export interface FaceRelief {
  /** z of the 468 landmarks, px; grows away from the camera. Only differences mean something. */
  readonly depths: Float32Array;
  /** z at a position, px: of the nearest landmarks, smoothly. */
  depthAt(x: number, y: number): number;
}

/**
 * The relief of a face from its landmarks alone: the mean face turned and scaled the way that puts it onto them (a scaled
 * orthographic camera, by least squares).
 *
 * @param landmarks 468 FaceMesh points, x0, y0, …
 */
export function faceRelief(landmarks: Float32Array): FaceRelief {
  const [row, column] = [camera(landmarks, 0), camera(landmarks, 1)];
  // The third axis is at right angles to the two that the image shows, and as long as they are.
  const cross = [
    row[1] * column[2] - row[2] * column[1],
    row[2] * column[0] - row[0] * column[2],
    row[0] * column[1] - row[1] * column[0],
  ] as const;
  const length = Math.sqrt(Math.hypot(row[0], row[1], row[2]) * Math.hypot(column[0], column[1], column[2])) || 1;
  const depths = Float32Array.from(
    { length: CANONICAL_FACE.length / 3 },
    (_, i) => (cross[0] * at(i, 0) + cross[1] * at(i, 1) + cross[2] * at(i, 2)) / length,
  );
  let grid: DepthGrid | undefined;
  return { depths, depthAt: (x, y) => (grid ??= new DepthGrid(landmarks, depths)).at(x, y) };
}

type Row = readonly [number, number, number, number];

/** Least-squares weights of x, y, z and 1 of the mean face for one image coordinate. */
function camera(landmarks: Float32Array, axis: 0 | 1): Row {
  const normal = new Float64Array(16);
  const right = new Float64Array(4);
  for (let i = 0; i < CANONICAL_FACE.length / 3; i++) {
    const terms = [at(i, 0), at(i, 1), at(i, 2), 1];
    const value = landmarks[2 * i + axis]!;
    for (let p = 0; p < 4; p++) {
      right[p] = right[p]! + (terms[p] ?? 0) * value;
      for (let q = 0; q < 4; q++) normal[p * 4 + q] = normal[p * 4 + q]! + (terms[p] ?? 0) * (terms[q] ?? 0);
    }
  }
  const [a = 0, b = 0, c = 0, d = 0] = solve(normal, right) ?? [];
  return [a, b, c, d];
}

function at(point: number, axis: number): number {
  return CANONICAL_FACE[3 * point + axis]!;
}

/** Depths of landmarks spread over a coarse grid by inverse fourth powers of the distance. */
class DepthGrid {
  readonly #left: number;
  readonly #top: number;
  readonly #columns: number;
  readonly #rows: number;
  readonly #depths: Float32Array;

  constructor(landmarks: Float32Array, depths: Float32Array) {
    const xs = landmarks.filter((_, i) => i % 2 === 0);
    const ys = landmarks.filter((_, i) => i % 2 === 1);
    this.#left = Math.min(...xs);
    this.#top = Math.min(...ys);
    // A landmark that is far astray must not make a huge grid.
    this.#columns = Math.min(128, 2 + Math.ceil((Math.max(...xs) - this.#left) / CELL));
    this.#rows = Math.min(128, 2 + Math.ceil((Math.max(...ys) - this.#top) / CELL));
    this.#depths = new Float32Array(this.#columns * this.#rows);
    for (let row = 0; row < this.#rows; row++) {
      for (let column = 0; column < this.#columns; column++) {
        this.#depths[row * this.#columns + column] = nearby(landmarks, depths, this.#left + column * CELL, this.#top + row * CELL);
      }
    }
  }

  at(x: number, y: number): number {
    const column = Math.max(0, Math.min(this.#columns - 1.001, (x - this.#left) / CELL));
    const row = Math.max(0, Math.min(this.#rows - 1.001, (y - this.#top) / CELL));
    const i = Math.floor(column);
    const j = Math.floor(row);
    const fx = column - i;
    const fy = row - j;
    const depths = this.#depths;
    const cell = j * this.#columns + i;
    const below = cell + this.#columns;
    return (1 - fy) * ((1 - fx) * depths[cell]! + fx * depths[cell + 1]!) + fy * ((1 - fx) * depths[below]! + fx * depths[below + 1]!);
  }
}

function nearby(landmarks: Float32Array, depths: Float32Array, x: number, y: number): number {
  let sum = 0;
  let weights = 0;
  for (let i = 0; i < depths.length; i++) {
    const weight = 1 / ((landmarks[2 * i]! - x) ** 2 + (landmarks[2 * i + 1]! - y) ** 2 + 4) ** 2;
    sum += weight * depths[i]!;
    weights += weight;
  }
  return sum / weights;
}
