/** The k-th smallest (from 0) of the first `count` values, by quickselect; reorders them. */
export function rank(values: Float32Array, count: number, k: number): number {
  let low = 0,
    high = count - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1]!;
    let i = low,
      j = high;
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i <= j) {
        const swap = values[i]!;
        values[i] = values[j]!;
        values[j] = swap;
        i++;
        j--;
      }
    }
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else break;
  }
  return values[k]!;
}
