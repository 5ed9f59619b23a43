import { apply, CROP_EYES, fitSimilarity, invert, type Similarity } from '../../../../src/face/mod.js';
import type { ExpressionLibrary } from './expression-library.js';
import { thinPlate } from './thin-plate.js';

/** Outer eye corners of FaceMesh. */
const OUTER = [33, 263] as const;
/** Distance of the lattice's points, px of the reference crop. */
const STEP = 2.5;
/** How far the lattice reaches beyond the landmarks, and over what distance the field fades out there, shares of the face's size. */
const ROOM = 0.3;
const RIM = 0.2;
/** Steepest change of a displacement, px a px; beyond 1 the picture would fold. */
const STEEPEST = 0.5;

/** Displacements of a face at full strength, px of the frame that it was made for; 0 beyond its lattice. */
export class FaceField {
  readonly #u: Float32Array;
  readonly #v: Float32Array;

  constructor(
    readonly x0: number,
    readonly y0: number,
    readonly step: number,
    readonly columns: number,
    readonly rows: number,
    values: readonly [Float32Array, Float32Array],
  ) {
    [this.#u, this.#v] = values;
  }

  /** The displacement at (x, y) px, into `out`. */
  at(x: number, y: number, out: Float64Array): void {
    const gx = (x - this.x0) / this.step,
      gy = (y - this.y0) / this.step;
    if (!(gx >= 0 && gy >= 0 && gx < this.columns - 1 && gy < this.rows - 1)) {
      out[0] = 0;
      out[1] = 0;
      return;
    }
    const i = Math.floor(gx),
      j = Math.floor(gy),
      fx = gx - i,
      fy = gy - j,
      k = j * this.columns + i,
      below = k + this.columns;
    const a = (1 - fx) * (1 - fy),
      b = fx * (1 - fy),
      c = (1 - fx) * fy,
      d = fx * fy;
    out[0] = a * this.#u[k]! + b * this.#u[k + 1]! + c * this.#u[below]! + d * this.#u[below + 1]!;
    out[1] = a * this.#v[k]! + b * this.#v[k + 1]! + c * this.#v[below]! + d * this.#v[below + 1]!;
  }

  /** Largest displacement, px. */
  get peak(): number {
    let most = 0;
    for (let k = 0; k < this.#u.length; k++) most = Math.max(most, this.#u[k]! ** 2 + this.#v[k]! ** 2);
    return Math.sqrt(most);
  }

  /** Largest change of a component between neighbouring points, px a px. */
  get slope(): number {
    let most = 0;
    for (const plane of [this.#u, this.#v]) {
      for (let k = 0; k + this.columns < plane.length; k++) {
        most = Math.max(most, Math.abs(plane[k + 1]! - plane[k]!), Math.abs(plane[k + this.columns]! - plane[k]!));
      }
    }
    return most / this.step;
  }

  /** The same motion, `factor` times as large. */
  times(factor: number): FaceField {
    const grown = (plane: Float32Array): Float32Array => plane.map((value) => value * factor);
    return new FaceField(this.x0, this.y0, this.step, this.columns, this.rows, [grown(this.#u), grown(this.#v)]);
  }

  /** Brought to a largest displacement of `peak` px, or as near to it as the picture doesn't fold. */
  scaledTo(peak: number): FaceField {
    return this.times(Math.min(peak / Math.max(this.peak, 1e-9), STEEPEST / Math.max(this.slope, 1e-9)));
  }
}

/** A face to lay expressions on: where each point of it lies in the plane of the library. */
export class FaceCanvas {
  readonly #lattice: { readonly x0: number; readonly y0: number; readonly step: number; readonly columns: number; readonly rows: number };
  readonly #toFrame: Similarity;
  /** Places in the plane (x, y) of the lattice's points, and how much of the field is left there. */
  readonly #plane: Float32Array;
  readonly #left: Float32Array;
  readonly #library: ExpressionLibrary;

  /** @param points the 468 landmarks, px of the frame */
  constructor(library: ExpressionLibrary, points: Float32Array) {
    this.#library = library;
    this.#toFrame = cropToFrame(points);
    const toCrop = invert(this.#toFrame);
    const from = library.landmarks.flatMap(([mesh]) => apply(toCrop, points[2 * mesh]!, points[2 * mesh + 1]!));
    const map = thinPlate(
      from,
      library.landmarks.flatMap(([, x, y]) => [x, y]),
    );
    const { x0, y0, x1, y1 } = boundsOf(points);
    const room = ROOM * Math.max(x1 - x0, y1 - y0),
      rim = RIM * Math.max(x1 - x0, y1 - y0);
    const step = STEP * Math.hypot(this.#toFrame.a, this.#toFrame.b);
    const lattice = (this.#lattice = {
      x0: x0 - room,
      y0: y0 - room,
      step,
      columns: Math.ceil((x1 - x0 + 2 * room) / step) + 1,
      rows: Math.ceil((y1 - y0 + 2 * room) / step) + 1,
    });
    const count = lattice.columns * lattice.rows;
    this.#plane = new Float32Array(2 * count);
    this.#left = new Float32Array(count);
    const at = new Float64Array(2);
    for (let k = 0; k < count; k++) {
      const i = k % lattice.columns,
        j = Math.floor(k / lattice.columns);
      map(...apply(toCrop, lattice.x0 + i * step, lattice.y0 + j * step), at);
      this.#plane.set(at, 2 * k);
      const inside = Math.min(1, (Math.min(i, j, lattice.columns - 1 - i, lattice.rows - 1 - j) * step) / rim);
      this.#left[k] = 0.5 - 0.5 * Math.cos(Math.PI * inside);
    }
  }

  /** The motion of blendshapes, each brought to its own share of px before they are added. */
  field(shares: ReadonlyMap<string, number>): FaceField {
    let total = this.#of(new Map());
    for (const [name, share] of shares) {
      const alone = this.#of(new Map([[name, 1]]));
      total = this.#sum(total, alone, share / Math.max(alone.peak, 1e-9));
    }
    return total;
  }

  #of(weights: ReadonlyMap<string, number>): FaceField {
    return this.#filled((k, out) => {
      const moved = new Float64Array(2);
      for (const [name, weight] of weights) this.#library.add(name, weight, this.#plane[2 * k]!, this.#plane[2 * k + 1]!, moved);
      const { a, b } = this.#toFrame;
      out[0] = this.#left[k]! * (a * moved[0]! - b * moved[1]!);
      out[1] = this.#left[k]! * (b * moved[0]! + a * moved[1]!);
    });
  }

  #sum(one: FaceField, other: FaceField, factor: number): FaceField {
    const { x0, y0, step, columns } = this.#lattice;
    const second = new Float64Array(2);
    return this.#filled((k, out) => {
      const x = x0 + (k % columns) * step,
        y = y0 + Math.floor(k / columns) * step;
      one.at(x, y, out);
      other.at(x, y, second);
      out[0]! += factor * second[0]!;
      out[1]! += factor * second[1]!;
    });
  }

  #filled(value: (k: number, out: Float64Array) => void): FaceField {
    const { x0, y0, step, columns, rows } = this.#lattice;
    const u = new Float32Array(columns * rows),
      v = new Float32Array(columns * rows),
      out = new Float64Array(2);
    for (let k = 0; k < u.length; k++) {
      value(k, out);
      u[k] = out[0]!;
      v[k] = out[1]!;
    }
    return new FaceField(x0, y0, step, columns, rows, [u, v]);
  }
}

/** From the reference crop to the frame, by the outer eye corners. */
export function cropToFrame(points: Float32Array): Similarity {
  const { distance, centreX, centreY } = CROP_EYES;
  const eyes = OUTER.flatMap((i) => [points[2 * i]!, points[2 * i + 1]!]);
  return fitSimilarity([centreX - distance / 2, centreY, centreX + distance / 2, centreY], eyes);
}

/** The rectangle that holds all landmarks. */
export function boundsOf(points: Float32Array): { readonly x0: number; readonly y0: number; readonly x1: number; readonly y1: number } {
  let x0 = Infinity,
    y0 = Infinity,
    x1 = -Infinity,
    y1 = -Infinity;
  for (let i = 0; i < points.length; i += 2) {
    x0 = Math.min(x0, points[i]!);
    x1 = Math.max(x1, points[i]!);
    y0 = Math.min(y0, points[i + 1]!);
    y1 = Math.max(y1, points[i + 1]!);
  }
  return { x0, y0, x1, y1 };
}
