/** A stretch of recording; seconds on performance.now()'s clock. `to` is Infinity while it is being recorded. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/**
 * The recorded stretch that holds a moment best: wholly if one does, the one that ends first among those (it is ready
 * soonest); else the one with the largest overlap. Undefined where none holds any of it.
 */
export function bestStretch<S extends Stretch>(stretches: readonly S[], from: number, to: number): S | undefined {
  const whole = stretches.filter((one) => one.from <= from && one.to >= to).sort((one, other) => one.to - other.to)[0];
  if (whole) return whole;
  const overlap = (one: Stretch): number => Math.min(one.to, to) - Math.max(one.from, from);
  const best = [...stretches].sort((one, other) => overlap(other) - overlap(one))[0];
  return best && overlap(best) > 0 ? best : undefined;
}

/** Which finished segments leave so that the rest fits: the oldest first. Returns how many. */
export function surplus(sizes: readonly number[], budget: number): number {
  let total = sizes.reduce((sum, size) => sum + size, 0);
  let count = 0;
  while (total > budget && count < sizes.length) {
    total -= sizes[count] ?? 0;
    count += 1;
  }
  return count;
}
