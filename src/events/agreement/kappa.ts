/** How often two coders gave each pair of categories: rows are the first coder's. */
type Contingency = readonly (readonly number[])[];

/**
 * Cohen's kappa (1960): agreement beyond what two coders who know nothing of each other reach by their own frequencies. NaN where there is
 * nothing to agree on: no units, or both gave one and the same category throughout.
 */
export function cohensKappa(table: Contingency): number {
  const total = table.flat().reduce((sum, count) => sum + count, 0);
  const rows = table.map((row) => row.reduce((sum, count) => sum + count, 0));
  const columns = table.map((_, c) => table.reduce((sum, row) => sum + (row[c] ?? 0), 0));
  const observed = table.reduce((sum, row, i) => sum + (row[i] ?? 0), 0) / total;
  const expected = rows.reduce((sum, row, i) => sum + row * (columns[i] ?? 0), 0) / total ** 2;
  return (observed - expected) / (1 - expected);
}
