/**
 * A batch of twice the size must save this share of a pair's time, or it only holds memory. On a CPU it saves nothing, but a busy one
 * measures with more noise.
 */
export const LEAST_GAIN = { cpu: 0.25, gpu: 0.1 } as const;
/** Milliseconds that a batch costs beside its run: messages, copies. */
const HANDOVER_MS = 0.5;
/** Milliseconds of warming after which no further run begins: a device in software (SwiftShader) takes a minute for a pair. */
export const WARM_UP_BUDGET_MS = 30_000;

/** One that warms, and two that count. */
const RUNS_PER_SIZE = 3;

/**
 * Warms and times batch sizes, ascending, as long as the larger one pays. On a GPU each new shape tunes the convolutions anew; on a CPU
 * eight pairs together take as long as one after the other, and 130 MB. A device that is too slow for the budget keeps the sizes that
 * were warmed until then.
 *
 * @param run runs one padded batch and gives its milliseconds
 * @param leastGain see {@link LEAST_GAIN}
 * @param known milliseconds of a pair, if a pair ran before: the first size is not run again then
 * @returns milliseconds by batch size, for planning
 */
export async function warmUp(
  sizes: readonly number[],
  run: (size: number) => Promise<number>,
  leastGain: number,
  known = 0,
): Promise<Record<number, number>> {
  const costs: Record<number, number> = {};
  let perPair = Infinity;
  let left = WARM_UP_BUDGET_MS;
  for (const size of sizes) {
    if (size === 1 && known > 0) {
      perPair = costs[size] = HANDOVER_MS + known;
      continue;
    }
    if (Number.isFinite(perPair) && size * perPair > left) break;
    let best = Infinity;
    for (let i = 0; i < RUNS_PER_SIZE && (i === 0 || best < left); i++) {
      const ms = await run(size);
      left -= ms;
      // The first one warms.
      best = i === 1 ? ms : Math.min(best, ms);
    }
    const cost = HANDOVER_MS + best;
    if (cost / size > perPair * (1 - leastGain)) break;
    costs[size] = cost;
    perPair = cost / size;
  }
  return costs;
}
