import { quantileOfSorted } from '../../src/common/quantile.js';

/** The value below which a share `q` (0..1) of the values lies; NaN where there are none. */
export function quantile(values: readonly number[], q: number): number {
  return quantileOfSorted(
    values.toSorted((a, b) => a - b),
    q,
  );
}

export const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

export const round = (value: number, digits = 1): number => Number(value.toFixed(digits));
