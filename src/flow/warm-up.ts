/**
 * A batch of twice the size must save this share of a pair's time, or it only holds memory. On a CPU it saves nothing, but a busy one
 * measures with more noise.
 */
export const LEAST_GAIN = { cpu: 0.25, gpu: 0.1 } as const;
/** Milliseconds that a batch costs beside its run: messages, copies. */
const HANDOVER_MS = 0.5;

/**
 * Warms and times batch sizes, ascending, as long as the larger one pays. On a GPU each new shape tunes the convolutions anew; on a CPU
 * eight pairs together take as long as one after the other, and 130 MB.
 *
 * @param run runs one padded batch and gives its milliseconds
 * @param leastGain see {@link LEAST_GAIN}
 * @returns milliseconds by batch size, for planning
 */
export async function warmUp(
  sizes: readonly number[],
  run: (size: number) => Promise<number>,
  leastGain: number,
): Promise<Record<number, number>> {
  const costs: Record<number, number> = {};
  let perPair = Infinity;
  for (const size of sizes) {
    await run(size);
    const cost = HANDOVER_MS + Math.min(await run(size), await run(size));
    if (cost / size > perPair * (1 - leastGain)) break;
    costs[size] = cost;
    perPair = cost / size;
  }
  return costs;
}
