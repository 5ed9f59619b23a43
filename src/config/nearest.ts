/** Changes of one letter that make `b` out of `a` (Levenshtein 1966). */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length] ?? Infinity;
}

/** The known name that takes the fewest changes; empty where none is known. */
export function nearest(name: string, known: readonly string[]): string {
  return [...known].sort((a, b) => editDistance(name, a) - editDistance(name, b))[0] ?? '';
}
