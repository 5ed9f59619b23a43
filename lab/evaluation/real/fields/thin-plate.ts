/** Adds nothing to the diagonal but this: how far the spline may pass by its points, in the units of the kernel. */
const SMOOTHING = 1;

/** A smooth map of the plane into itself. */
export type PlaneMap = (x: number, y: number, out: Float64Array) => void;

/**
 * The thin-plate spline (Duchon 1977) that takes points `from` to points `to`, both x0, y0, x1, y1, …: smooth between them, affine far
 * away.
 */
export function thinPlate(from: ArrayLike<number>, to: ArrayLike<number>): PlaneMap {
  const n = from.length / 2,
    size = n + 3,
    width = size + 2;
  const rows = new Float64Array(size * width);
  for (let i = 0; i < n; i++) {
    const row = i * width;
    for (let j = 0; j < n; j++) rows[row + j] = kernel((from[2 * i]! - from[2 * j]!) ** 2 + (from[2 * i + 1]! - from[2 * j + 1]!) ** 2);
    rows[row + i]! += SMOOTHING;
    [1, from[2 * i]!, from[2 * i + 1]!].forEach((value, k) => {
      rows[row + n + k] = value;
      rows[(n + k) * width + i] = value;
    });
    rows[row + size] = to[2 * i]!;
    rows[row + size + 1] = to[2 * i + 1]!;
  }
  solve(rows, size, width);
  const at = (k: number, c: number): number => rows[k * width + size + c]!;
  return (x, y, out) => {
    let u = at(n, 0) + at(n + 1, 0) * x + at(n + 2, 0) * y;
    let v = at(n, 1) + at(n + 1, 1) * x + at(n + 2, 1) * y;
    for (let i = 0; i < n; i++) {
      const weight = kernel((x - from[2 * i]!) ** 2 + (y - from[2 * i + 1]!) ** 2);
      u += at(i, 0) * weight;
      v += at(i, 1) * weight;
    }
    out[0] = u;
    out[1] = v;
  };
}

/** r² ln r, given r². */
function kernel(square: number): number {
  return square > 0 ? 0.5 * square * Math.log(square) : 0;
}

/** Gauss-Jordan elimination with pivoting of `size` equations, in place; the columns from `size` on become the solutions. */
function solve(a: Float64Array, size: number, width: number): void {
  for (let k = 0; k < size; k++) {
    let pivot = k;
    for (let i = k + 1; i < size; i++) if (Math.abs(a[i * width + k]!) > Math.abs(a[pivot * width + k]!)) pivot = i;
    if (pivot !== k) {
      const held = a.slice(k * width, (k + 1) * width);
      a.copyWithin(k * width, pivot * width, (pivot + 1) * width);
      a.set(held, pivot * width);
    }
    const inverse = 1 / a[k * width + k]!;
    for (let j = k; j < width; j++) a[k * width + j]! *= inverse;
    for (let i = 0; i < size; i++) {
      const factor = a[i * width + k]!;
      if (i === k || factor === 0) continue;
      for (let j = k; j < width; j++) a[i * width + j]! -= factor * a[k * width + j]!;
    }
  }
}
