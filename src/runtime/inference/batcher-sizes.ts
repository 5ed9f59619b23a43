/** Batch sizes that models are warmed for. Few of them: with CUDA each new shape re-tunes the convolutions (300 to 1300 ms). */
export const BATCH_SIZES: readonly number[] = [1, 2, 4, 8, 16, 32];

/** Milliseconds that one run of a padded batch of `size` takes. */
export type BatchCost = (size: number) => number;

/** How many jobs to take next, and the padded size to run them at. */
export interface BatchPlan {
  readonly take: number;
  readonly size: number;
}

/** Measured costs are noisy: a larger batch is taken where it costs at most this much more than the best plan. */
const TIE = 1.05;

/**
 * Chooses the next padded batch for `waiting` jobs so that all of them are done soonest.
 *
 * On a GPU a batch of 8 costs little more than one of 5, so 5 jobs are padded to 8; on a CPU cost grows with the size, so the
 * same 5 run as 4 and 1. The costs measured at warm-up decide; of plans within 5 % the one with the larger batch is taken.
 *
 * @param sizes ascending, at least one.
 */
export function planBatch(waiting: number, sizes: readonly number[], cost: BatchCost): BatchPlan {
  const largest = sizes.at(-1);
  if (waiting < 1 || largest === undefined) throw new RangeError('planBatch needs at least one waiting job and one batch size');
  const jobs = Math.min(waiting, largest);
  // total[n]: the least cost of n jobs.
  const total: number[] = [0];
  let plans: (BatchPlan & { readonly sum: number })[] = [];
  for (let n = 1; n <= jobs; n++) {
    plans = [];
    for (const size of sizes) {
      const take = Math.min(size, n);
      plans.push({ take, size, sum: cost(size) + (total[n - take] ?? 0) });
      // Padding further never helps.
      if (size >= n) break;
    }
    total[n] = Math.min(...plans.map(({ sum }) => sum));
  }
  const limit = (total[jobs] ?? 0) * TIE;
  const { take, size } = plans.findLast(({ sum }) => sum <= limit) ?? { take: 1, size: sizes[0] ?? 1 };
  return { take, size };
}

/** A cost for when nothing was measured: a run's own overhead, then linear. */
export const linearCost: BatchCost = (size) => 0.25 + size;
