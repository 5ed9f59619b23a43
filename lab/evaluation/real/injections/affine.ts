/** x' = a·x + b·y + tx, y' = c·x + d·y + ty. */
export interface Affine {
  readonly a: number;
  readonly b: number;
  readonly tx: number;
  readonly c: number;
  readonly d: number;
  readonly ty: number;
}

/** The affine map that takes points `from` to points `to` (x0, y0, x1, y1, …) with least squared error. */
export function fitAffine(from: Float32Array, to: Float32Array): Affine {
  const n = from.length / 2;
  const [fx, fy] = meanOf(from),
    [gx, gy] = meanOf(to);
  let xx = 0,
    xy = 0,
    yy = 0,
    xu = 0,
    yu = 0,
    xv = 0,
    yv = 0;
  for (let i = 0; i < n; i++) {
    const x = from[2 * i]! - fx,
      y = from[2 * i + 1]! - fy,
      u = to[2 * i]! - gx,
      v = to[2 * i + 1]! - gy;
    xx += x * x;
    xy += x * y;
    yy += y * y;
    xu += x * u;
    yu += y * u;
    xv += x * v;
    yv += y * v;
  }
  const det = xx * yy - xy * xy;
  const a = (xu * yy - yu * xy) / det,
    b = (yu * xx - xu * xy) / det;
  const c = (xv * yy - yv * xy) / det,
    d = (yv * xx - xv * xy) / det;
  return { a, b, tx: gx - a * fx - b * fy, c, d, ty: gy - c * fx - d * fy };
}

function meanOf(points: Float32Array): [number, number] {
  let x = 0,
    y = 0;
  for (let i = 0; i < points.length; i += 2) {
    x += points[i]!;
    y += points[i + 1]!;
  }
  return [(2 * x) / points.length, (2 * y) / points.length];
}
