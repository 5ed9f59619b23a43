/** A similarity transform: x' = a·x − b·y + tx, y' = b·x + a·y + ty. */
export interface Similarity {
  readonly a: number;
  readonly b: number;
  readonly tx: number;
  readonly ty: number;
}

export const IDENTITY: Similarity = { a: 1, b: 0, tx: 0, ty: 0 };

/** The point (x, y) moved by `s`. */
export function apply(s: Similarity, x: number, y: number): [number, number] {
  return [s.a * x - s.b * y + s.tx, s.b * x + s.a * y + s.ty];
}

/** `outer ∘ inner`: first `inner`, then `outer`. */
export function compose(outer: Similarity, inner: Similarity): Similarity {
  const [tx, ty] = apply(outer, inner.tx, inner.ty);
  return { a: outer.a * inner.a - outer.b * inner.b, b: outer.b * inner.a + outer.a * inner.b, tx, ty };
}

/** The transform that undoes `s`. */
export function invert(s: Similarity): Similarity {
  const square = s.a * s.a + s.b * s.b;
  const a = s.a / square;
  const b = -s.b / square;
  return { a, b, tx: -(a * s.tx - b * s.ty), ty: -(b * s.tx + a * s.ty) };
}

/** How much larger a length is after `s`. */
export function scaleOf(s: Similarity): number {
  return Math.hypot(s.a, s.b);
}

/** Largest distance in pixels between where `s` and `t` put the corners of a square of `size`. */
export function cornerDistance(s: Similarity, t: Similarity, size: number): number {
  let worst = 0;
  for (const x of [0, size])
    for (const y of [0, size]) {
      const [sx, sy] = apply(s, x, y);
      const [ux, uy] = apply(t, x, y);
      worst = Math.max(worst, Math.hypot(sx - ux, sy - uy));
    }
  return worst;
}

/**
 * The similarity that takes points `from` to points `to` with least squared error (Umeyama 1991, without reflection).
 * Points are x0, y0, x1, y1, …; `indices` picks those that count (default all).
 */
export function fitSimilarity(from: ArrayLike<number>, to: ArrayLike<number>, indices?: readonly number[]): Similarity {
  const picked = indices ?? Array.from({ length: from.length / 2 }, (_, i) => i);
  let fx = 0,
    fy = 0,
    gx = 0,
    gy = 0;
  for (const i of picked) {
    fx += at(from, 2 * i);
    fy += at(from, 2 * i + 1);
    gx += at(to, 2 * i);
    gy += at(to, 2 * i + 1);
  }
  const n = picked.length;
  fx /= n;
  fy /= n;
  gx /= n;
  gy /= n;
  let dot = 0,
    cross = 0,
    square = 0;
  for (const i of picked) {
    const x = at(from, 2 * i) - fx,
      y = at(from, 2 * i + 1) - fy;
    const u = at(to, 2 * i) - gx,
      v = at(to, 2 * i + 1) - gy;
    dot += x * u + y * v;
    cross += x * v - y * u;
    square += x * x + y * y;
  }
  if (square === 0) return { a: 1, b: 0, tx: gx - fx, ty: gy - fy };
  const a = dot / square;
  const b = cross / square;
  return { a, b, tx: gx - (a * fx - b * fy), ty: gy - (b * fx + a * fy) };
}

function at(points: ArrayLike<number>, index: number): number {
  return points[index] ?? 0;
}
