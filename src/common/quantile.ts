/** The value below which a share `q` (0..1) of values that rise lies, one of them; NaN where there are none. */
export function quantileOfSorted(sorted: ArrayLike<number>, q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? NaN;
}

/** The same, linear between the two nearest. */
export function interpolatedQuantile(sorted: ArrayLike<number>, q: number): number {
  const at = q * (sorted.length - 1);
  const low = sorted[Math.floor(at)] ?? NaN;
  const high = sorted[Math.ceil(at)] ?? NaN;
  return low + (at - Math.floor(at)) * (high - low);
}
