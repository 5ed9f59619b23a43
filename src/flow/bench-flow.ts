import { cpus } from 'node:os';
import { FlowEstimator } from './flow-estimator.js';
import { INPUT_PIXELS, type CropLuma } from './flow-messages.js';
import { FlowSession } from './flow-session.js';
import { readFlowModel } from './model-file.js';

const SIZES = [1, 2, 4, 8] as const;
/** Pairs of each raw measurement and of the batch path's. */
const PAIRS = 64;
const SESSIONS = 8;

/**
 * What MEFlowNet costs on one CPU core, and what batching across sessions leaves of it. Beside each wall-clock figure stands CPU time,
 * which other programs on the machine disturb less.
 *
 * `batch path efficiency`: pairs per second through `FlowEstimator` (eight sessions, all threads and copies included) over those of
 * the bare network at its best batch size, measured just before and just after in the same process.
 */
export async function benchFlow(): Promise<{ name: string; figures: Record<string, number | string> }> {
  const model = await readFlowModel();
  const session = await FlowSession.open(model.onnx, 'cpu', 1);
  const figures: Record<string, number | string> = { model: model.source, cpu: cpus()[0]?.model ?? 'unknown' };
  const before = await bare(session);
  const estimator = await FlowEstimator.start({ device: 'cpu', maxBatch: 8, maxQueue: 4 * PAIRS });
  let path: Awaited<ReturnType<typeof through>>;
  try {
    await through(estimator, SESSIONS);
    path = await through(estimator, PAIRS);
  } finally {
    await estimator.close();
  }
  const after = await bare(session);
  await session.close();
  for (const size of SIZES) {
    figures[`ms a pair, batch ${String(size)}`] = rounded(Math.min(before.get(size)?.wall ?? Infinity, after.get(size)?.wall ?? Infinity));
    figures[`CPU ms a pair, batch ${String(size)}`] = rounded(Math.min(before.get(size)?.cpu ?? Infinity, after.get(size)?.cpu ?? Infinity));
  }
  const best = Math.min(...SIZES.map((size) => ((before.get(size)?.wall ?? Infinity) + (after.get(size)?.wall ?? Infinity)) / 2));
  const bestCpu = Math.min(...SIZES.map((size) => ((before.get(size)?.cpu ?? Infinity) + (after.get(size)?.cpu ?? Infinity)) / 2));
  figures['batch path, pairs a second'] = rounded(1000 / path.wall);
  figures['batch path efficiency, %'] = rounded(100 * best / path.wall);
  figures['batch path efficiency in CPU time, %'] = rounded(100 * bestCpu / path.cpu);
  return { name: 'flow', figures };
}

interface PerPair { readonly wall: number; readonly cpu: number }

/** Median milliseconds of a pair by batch size, in the network alone. */
async function bare(session: FlowSession): Promise<Map<number, PerPair>> {
  const results = new Map<number, PerPair>();
  for (const size of SIZES) {
    const pairs = Array.from({ length: size }, (_, i) => pair(i));
    await session.run(pairs, size);
    const runs: PerPair[] = [];
    for (let done = 0; done < PAIRS / 4 || runs.length < 3; done += size) runs.push(await timed(size, () => session.run(pairs, size)));
    results.set(size, { wall: median(runs.map(({ wall }) => wall)), cpu: median(runs.map(({ cpu }) => cpu)) });
  }
  return results;
}

/** Milliseconds of a pair through queue, batches and threads, all sessions asking at once. */
function through(estimator: FlowEstimator, count: number): Promise<PerPair> {
  const pairs = Array.from({ length: count }, (_, i) => pair(i));
  return timed(count, () => Promise.all(pairs.map((crops, i) => estimator.estimate(crops, `s${String(i % SESSIONS)}`))));
}

async function timed(count: number, work: () => Promise<unknown>): Promise<PerPair> {
  const began = performance.now();
  const cpu = process.cpuUsage();
  await work();
  const used = process.cpuUsage(cpu);
  return { wall: (performance.now() - began) / count, cpu: (used.user + used.system) / 1000 / count };
}

/** A made-up pair with texture. */
function pair(seed: number): CropLuma {
  const onset = new Uint8Array(INPUT_PIXELS);
  let state = seed + 1;
  for (let i = 0; i < INPUT_PIXELS; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    onset[i] = 110 + 60 * Math.sin(i / 37) * Math.sin(i / 5000) + (state >>> 27);
  }
  const apex = new Uint8Array(INPUT_PIXELS);
  apex.set(onset.subarray(1));
  return { onset, apex };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
