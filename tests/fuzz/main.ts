import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { addCrasher } from './corpus.js';
import { HEADER_BYTES, SHARED_BYTES, type FuzzOrder, type FuzzReport } from './messages.js';
import { TARGETS } from './targets/mod.js';

const USAGE = `npm run test:fuzz -- [--seconds N | --runs N] [--target NAME]... [--seed N] [--save] [--json]
  --seconds N   for all targets together; default 60
  --runs N      inputs for each target, slow ones a hundredth
  --target X    only this one; may be given more than once: ${TARGETS.map(({ name }) => name).join(', ')}
  --seed N      the same again; default by the clock
  --save        writes the corpus, and what broke a target, into tests/fuzz`;

/** One input may take this long (ms); a thread that shows no life for as long hangs. */
const HANG = 20_000;
/** MiB: what all that a parser keeps must stay below. */
const MAX_HEAP = 512;
const MAX_RESIDENT = 2048;

function fuzz(order: FuzzOrder): Promise<FuzzReport> {
  return new Promise((resolve) => {
    const worker = new Worker(new URL('./fuzz.worker.ts', import.meta.url), {
      workerData: order,
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP },
    });
    const counters = new Int32Array(order.shared, 0, 2);
    let last = { runs: -1, at: performance.now() };
    const failed = (why: string): void => {
      clearInterval(watch);
      const input = Uint8Array.from(new Uint8Array(order.shared, HEADER_BYTES, Atomics.load(counters, 1)));
      void worker.terminate();
      resolve({
        target: order.target,
        runs: Atomics.load(counters, 0),
        seconds: 0,
        coverage: 0,
        corpus: 0,
        slowest: 0,
        crash: { input, why },
      });
    };
    const watch = setInterval(() => {
      const runs = Atomics.load(counters, 0);
      const now = performance.now();
      if (runs !== last.runs) last = { runs, at: now };
      else if (runs > 0 && now - last.at > HANG) failed(`hangs: more than ${String(HANG / 1000)} s for one input`);
      const resident = process.memoryUsage.rss() / 2 ** 20;
      if (resident > MAX_RESIDENT) failed(`memory without bound: ${resident.toFixed(0)} MiB`);
    }, 500);
    worker.once('message', (report: FuzzReport) => {
      clearInterval(watch);
      resolve(report);
    });
    worker.once('error', (error) => {
      failed(`the thread died: ${error.message}`);
    });
    worker.once('exit', () => {
      failed('the thread ended');
    });
  });
}

const { values } = parseArgs({
  options: {
    seconds: { type: 'string' },
    runs: { type: 'string' },
    target: { type: 'string', multiple: true },
    seed: { type: 'string' },
    save: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const chosen = TARGETS.filter(({ name }) => values.target?.includes(name) ?? true);
const wrong = [values.seconds, values.runs, values.seed].some((value) => value !== undefined && !(Number(value) > 0));
if (values.help || wrong || chosen.length < (values.target?.length ?? 0)) {
  process.stderr.write(`${USAGE}\n`);
  process.exit(values.help ? 0 : 2);
}
const seconds = values.seconds === undefined ? (values.runs === undefined ? 60 : Infinity) : Number(values.seconds);
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
let total = 0;
let crashes = 0;
for (const { name, slow } of chosen) {
  const runs = values.runs === undefined ? Infinity : Math.ceil(Number(values.runs) / (slow ? 100 : 1));
  const report = await fuzz({
    target: name,
    seed,
    milliseconds: (seconds * 1000) / chosen.length,
    runs,
    save: values.save,
    shared: new SharedArrayBuffer(SHARED_BYTES),
  });
  total += report.runs;
  const { crash } = report;
  if (values.json)
    process.stdout.write(
      `${JSON.stringify({ ...report, crash: crash && { why: crash.why, input: Buffer.from(crash.input).toString('base64') } })}\n`,
    );
  else
    process.stdout.write(
      `${name.padEnd(12)} ${String(report.runs).padStart(9)} inputs ${(report.runs / Math.max(0.001, report.seconds)).toFixed(0).padStart(7)}/s  ${String(report.coverage).padStart(5)} stretches  corpus ${String(report.corpus)}  slowest ${report.slowest.toFixed(0)} ms\n`,
    );
  if (crash) {
    crashes++;
    process.stdout.write(`${name}: ${crash.why}\n  input (base64): ${Buffer.from(crash.input).toString('base64')}\n`);
    if (values.save) addCrasher(name, crash.input, crash.why);
  }
}
if (!values.json)
  process.stdout.write(`${String(total)} inputs, ${String(crashes)} of ${String(chosen.length)} targets broken; seed ${String(seed)}\n`);
process.exit(crashes > 0 ? 1 : 0);
