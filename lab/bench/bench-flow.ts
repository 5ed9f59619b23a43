import { cpus } from 'node:os';
import { FlowEstimator } from '../../src/flow/flow-estimator.js';
import { INPUT_PIXELS, type CropLuma } from '../../src/flow/flow-messages.js';
import { FlowSession } from '../../src/flow/flow-session.js';
import { readFlowModel } from '../../src/flow/model-file.js';

const SIZES = [1, 2, 4, 8] as const;
/** Pairs of each raw measurement, and of the batch path's. */
const BARE_PAIRS = 16;
const PATH_PAIRS = 48;
const SESSIONS = 8;
/** Bare network and batch path take turns, so that a busy machine disturbs both alike; medians are told. */
const ROUNDS = 3;

/**
 * What MEFlowNet costs on one CPU core, and what batching across sessions leaves of it. Beside each wall-clock time stands CPU time,
 * which other programs on the machine disturb less.
 *
 * `batch path efficiency`: pairs per second through `FlowEstimator` (eight sessions, all threads and copies included) over those of
 * the bare network at its best batch size.
 */
export async function benchFlow(): Promise<{ name: string; results: Record<string, number | string> }> {
  const model = await readFlowModel();
  const session = await FlowSession.open(model.onnx, 'cpu', 1);
  const estimator = await FlowEstimator.start({ device: 'cpu', maxBatch: 8, maxQueue: 4 * PATH_PAIRS });
  const bares = new Map<number, PerPair[]>(SIZES.map((size) => [size, []]));
  const paths: PerPair[] = [];
  const efficiencies: PerPair[] = [];
  try {
    await through(estimator, SESSIONS);
    for (let round = 0; round < ROUNDS; round++) {
      const best = { wall: Infinity, cpu: Infinity };
      for (const size of SIZES) {
        const run = await bare(session, size);
        bares.get(size)?.push(run);
        best.wall = Math.min(best.wall, run.wall);
        best.cpu = Math.min(best.cpu, run.cpu);
      }
      const path = await through(estimator, PATH_PAIRS);
      paths.push(path);
      efficiencies.push({ wall: (100 * best.wall) / path.wall, cpu: (100 * best.cpu) / path.cpu });
    }
  } finally {
    await estimator.close();
    await session.close();
  }
  const results: Record<string, number | string> = { model: model.source, cpu: cpus()[0]?.model ?? 'unknown' };
  for (const [size, runs] of bares) {
    results[`ms a pair, batch ${String(size)}`] = rounded(median(runs.map(({ wall }) => wall)));
    results[`CPU ms a pair, batch ${String(size)}`] = rounded(median(runs.map(({ cpu }) => cpu)));
  }
  results['batch path, pairs a second'] = rounded(1000 / median(paths.map(({ wall }) => wall)));
  results['batch path efficiency, %'] = rounded(median(efficiencies.map(({ wall }) => wall)));
  results['batch path efficiency in CPU time, %'] = rounded(median(efficiencies.map(({ cpu }) => cpu)));
  return { name: 'flow', results };
}

interface PerPair {
  readonly wall: number;
  readonly cpu: number;
}

/** Median milliseconds of a pair in the network alone. */
async function bare(session: FlowSession, size: number): Promise<PerPair> {
  const pairs = Array.from({ length: size }, (_, i) => texturedPair(i));
  await session.run(pairs, size);
  const runs: PerPair[] = [];
  for (let done = 0; done < BARE_PAIRS; done += size) runs.push(await timed(size, () => session.run(pairs, size)));
  return { wall: median(runs.map(({ wall }) => wall)), cpu: median(runs.map(({ cpu }) => cpu)) };
}

/** Milliseconds of a pair through queue, batches and threads, all sessions asking at once. */
function through(estimator: FlowEstimator, count: number): Promise<PerPair> {
  const pairs = Array.from({ length: count }, (_, i) => texturedPair(i));
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
export function texturedPair(seed: number): CropLuma {
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
