/** A dense flow field: u, v in pixels of its own grid, x right, y down, row-major `size * size`. */
export interface DenseFlow {
  readonly size: number;
  readonly u: Float32Array;
  readonly v: Float32Array;
}

/** Half the edge of the window in which motion is taken as one, px. */
const RADIUS = 4;
/** Least picture that a level is made for, px. */
const LEAST = 28;
const ITERATIONS = 2;
/** Added to the diagonal of the structure tensor, grey levels² a pixel: skin without texture moves with nothing rather than anywhere. */
const DAMPING = 0.5;
/** Most that one step may move, px: beyond, the linear model means nothing. */
const STEP = 1.5;

/** The picture in all its resolutions, finest first. */
interface Pyramid {
  readonly sizes: readonly number[];
  readonly levels: readonly Float32Array[];
}

/**
 * Dense pyramidal Lucas-Kanade (Bouguet 2001, at every pixel, with box windows) for the baselines, which need flow everywhere;
 * the live path does not use it. Square pictures.
 */
export class DenseLucasKanade {
  readonly #size: number;
  readonly #fields: Record<'ix' | 'iy' | 'xx' | 'xy' | 'yy' | 'xt' | 'yt' | 'sum', Float32Array>;

  constructor(size: number) {
    this.#size = size;
    const field = (): Float32Array => new Float32Array(size * size);
    this.#fields = { ix: field(), iy: field(), xx: field(), xy: field(), yy: field(), xt: field(), yt: field(), sum: field() };
  }

  /** Prepares a picture once for any number of flows. */
  pyramid(picture: Float32Array): Pyramid {
    const sizes = [this.#size];
    const levels = [picture];
    for (let size = this.#size; size % 2 === 0 && size / 2 >= LEAST; size /= 2) {
      levels.push(halved(levels.at(-1) ?? picture, size));
      sizes.push(size / 2);
    }
    return { sizes, levels };
  }

  /** Where each pixel of `from` went in `to`. */
  flow(from: Pyramid, to: Pyramid): DenseFlow {
    let u: Float32Array = new Float32Array(0);
    let v: Float32Array = new Float32Array(0);
    for (let level = from.levels.length - 1; level >= 0; level--) {
      const size = from.sizes[level]!;
      if (u.length === 0) {
        u = new Float32Array(size * size);
        v = new Float32Array(size * size);
      } else {
        u = doubled(u, size);
        v = doubled(v, size);
      }
      this.#refine(from.levels[level]!, to.levels[level]!, size, u, v);
    }
    return { size: this.#size, u, v };
  }

  #refine(a: Float32Array, b: Float32Array, size: number, u: Float32Array, v: Float32Array): void {
    const { ix, iy, xx, xy, yy, xt, yt, sum } = this.#fields;
    for (let y = 0; y < size; y++) {
      const up = Math.max(0, y - 1) * size,
        down = Math.min(size - 1, y + 1) * size;
      for (let x = 0; x < size; x++) {
        const i = y * size + x;
        const gx = 0.5 * (a[y * size + Math.min(size - 1, x + 1)]! - a[y * size + Math.max(0, x - 1)]!);
        const gy = 0.5 * (a[down + x]! - a[up + x]!);
        ix[i] = gx;
        iy[i] = gy;
        xx[i] = gx * gx + DAMPING;
        xy[i] = gx * gy;
        yy[i] = gy * gy + DAMPING;
      }
    }
    for (const field of [xx, xy, yy]) boxSum(field, size, sum);
    for (let iteration = 0; iteration < ITERATIONS; iteration++) {
      for (let y = 0; y < size; y++) {
        for (let x = 0; x < size; x++) {
          const i = y * size + x;
          const difference = bilinear(b, size, x + u[i]!, y + v[i]!) - a[i]!;
          xt[i] = ix[i]! * difference;
          yt[i] = iy[i]! * difference;
        }
      }
      boxSum(xt, size, sum);
      boxSum(yt, size, sum);
      for (let i = 0; i < size * size; i++) {
        const determinant = xx[i]! * yy[i]! - xy[i]! * xy[i]!;
        const du = (xy[i]! * yt[i]! - yy[i]! * xt[i]!) / determinant;
        const dv = (xy[i]! * xt[i]! - xx[i]! * yt[i]!) / determinant;
        u[i] = u[i]! + Math.max(-STEP, Math.min(STEP, du));
        v[i] = v[i]! + Math.max(-STEP, Math.min(STEP, dv));
      }
    }
  }
}

/** Half the size by means of four pixels. */
export function halved(picture: Float32Array, size: number): Float32Array {
  const half = size >> 1;
  const out = new Float32Array(half * half);
  for (let y = 0; y < half; y++) {
    for (let x = 0; x < half; x++) {
      const i = 2 * y * size + 2 * x;
      out[y * half + x] = 0.25 * (picture[i]! + picture[i + 1]! + picture[i + size]! + picture[i + size + 1]!);
    }
  }
  return out;
}

/** Twice the size, values doubled too. `size`: that of the result. */
function doubled(flow: Float32Array, size: number): Float32Array {
  const out = new Float32Array(size * size);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) out[y * size + x] = 2 * bilinear(flow, size / 2, (x - 0.5) / 2, (y - 0.5) / 2);
  }
  return out;
}

function bilinear(picture: Float32Array, size: number, x: number, y: number): number {
  const cx = Math.max(0, Math.min(size - 1.001, x)),
    cy = Math.max(0, Math.min(size - 1.001, y));
  const x0 = Math.floor(cx),
    y0 = Math.floor(cy);
  const fx = cx - x0,
    fy = cy - y0;
  const i = y0 * size + x0;
  return (1 - fy) * ((1 - fx) * picture[i]! + fx * picture[i + 1]!) + fy * ((1 - fx) * picture[i + size]! + fx * picture[i + size + 1]!);
}

/** Sums over windows of 2·RADIUS + 1, in place; at the edges over what is there. */
function boxSum(field: Float32Array, size: number, scratch: Float32Array): void {
  for (let y = 0; y < size; y++) {
    const row = y * size;
    let sum = 0;
    for (let x = 0; x < Math.min(RADIUS, size); x++) sum += field[row + x]!;
    for (let x = 0; x < size; x++) {
      if (x + RADIUS < size) sum += field[row + x + RADIUS]!;
      if (x - RADIUS - 1 >= 0) sum -= field[row + x - RADIUS - 1]!;
      scratch[row + x] = sum;
    }
  }
  for (let x = 0; x < size; x++) {
    let sum = 0;
    for (let y = 0; y < Math.min(RADIUS, size); y++) sum += scratch[y * size + x]!;
    for (let y = 0; y < size; y++) {
      if (y + RADIUS < size) sum += scratch[(y + RADIUS) * size + x]!;
      if (y - RADIUS - 1 >= 0) sum -= scratch[(y - RADIUS - 1) * size + x]!;
      field[y * size + x] = sum;
    }
  }
}
