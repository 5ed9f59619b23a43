/**
 * Solves the symmetric positive definite system A·x = b in place by Cholesky; undefined where A is singular.
 *
 * @param a n × n, row-major; its lower triangle is overwritten by the factor.
 */
export function solve(a: Float64Array, b: readonly number[] | Float64Array): Float64Array | undefined {
  const n = b.length;
  if (!factor(a, n)) return undefined;
  const x = Float64Array.from(b);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i] = x[i]! - a[i * n + k]! * x[k]!;
    x[i] = x[i]! / (a[i * n + i] ?? 1);
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i] = x[i]! - a[k * n + i]! * x[k]!;
    x[i] = x[i]! / (a[i * n + i] ?? 1);
  }
  return x;
}

/** The inverse of a symmetric positive definite matrix; undefined where it is singular. */
export function invert(a: Float64Array, n: number): Float64Array | undefined {
  const out = new Float64Array(n * n);
  for (let column = 0; column < n; column++) {
    const unit = new Float64Array(n);
    unit[column] = 1;
    const x = solve(a.slice(), unit);
    if (!x) return undefined;
    for (let row = 0; row < n; row++) out[row * n + column] = x[row]!;
  }
  return out;
}

function factor(a: Float64Array, n: number): boolean {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= a[i * n + k]! * a[j * n + k]!;
      if (i !== j) a[i * n + j] = sum / (a[j * n + j] ?? 1);
      else if (sum > 1e-12) a[i * n + i] = Math.sqrt(sum);
      else return false;
    }
  }
  return true;
}
