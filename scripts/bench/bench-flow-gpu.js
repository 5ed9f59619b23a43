#!/usr/bin/env node
/**
 * MEFlowNet's throughput by device, precision and batch size, through ONNX Runtime in Node, copies to and from the device
 * included. Makes the table of docs/flow.md on a machine with a GPU:
 *
 *     node scripts/bench/bench-flow-gpu.js                       # every device that works here, batch 1 to 32
 *     node scripts/bench/bench-flow-gpu.js --devices webgpu,cuda --batches 1,8,32 --seconds 5 --json
 *
 * WebGPU is bundled with onnxruntime-node (it needs a Vulkan driver on Linux); CUDA needs the libraries that docs/install.md
 * says how to add. Half precision is measured where there is a half-precision file with float32 inputs and outputs beside the
 * model (`meflownet-fp16.onnx`, or `--fp16 FILE`); one line makes it in training's environment:
 *
 *     python -c "import onnx; from onnxruntime.transformers.float16 import convert_float_to_float16 as half; \
 *       onnx.save(half(onnx.load('meflownet.onnx'), keep_io_types=True), 'meflownet-fp16.onnx')"
 */
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';

const PIXELS = 224 * 224;
const MODEL = fileURLToPath(new URL('../../models/meflownet/meflownet.onnx', import.meta.url));

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: MODEL },
    fp16: { type: 'string' },
    devices: { type: 'string', default: 'cpu,webgpu,cuda' },
    batches: { type: 'string', default: '1,2,4,8,16,32' },
    seconds: { type: 'string', default: '2' },
    threads: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const files = { fp32: options.model, fp16: options.fp16 ?? options.model.replace(/\.onnx$/, '-fp16.onnx') };
const batches = options.batches.split(',').map(Number);
const seconds = Number(options.seconds);
const bad = batches.find((batch) => !Number.isInteger(batch) || batch < 1);
if (bad !== undefined || !(seconds > 0)) fail('--batches takes whole numbers above 0, --seconds a number above 0', 2);
if (!existsSync(files.fp32)) fail(`there is no ${files.fp32}; name the model by --model`, 1);

const { InferenceSession, Tensor } = (await import('onnxruntime-node')).default;
const rows = [];
const notes = [];
/** Facial flow of the first pair on the CPU at full precision: what every other row is compared with. */
let reference;

for (const device of options.devices.split(',')) {
  for (const [precision, file] of Object.entries(files)) {
    if (!existsSync(file)) {
      if (device !== 'cpu') notes.push(`${device} ${precision}: there is no ${file} (the head of this script says how to make it)`);
      continue;
    }
    if (device === 'cpu' && precision === 'fp16') continue;
    let session;
    try {
      session = await InferenceSession.create(file, {
        executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
        intraOpNumThreads: Number(options.threads),
        logSeverityLevel: 4,
      });
    } catch (error) {
      const message = String(error instanceof Error ? error.message : error);
      notes.push(`${device} ${precision}: ${/Failed[^\n]*/.exec(message)?.[0] ?? message.split('\n')[0]}`);
      continue;
    }
    for (const batch of batches) rows.push({ device, precision, batch, ...(await measure(session, batch)) });
    await session.release();
  }
}

if (options.json) process.stdout.write(`${JSON.stringify({ cpu: cpus()[0]?.model, node: process.version, rows, notes }, undefined, 2)}\n`);
else print();

/** Warms up, then runs for `seconds`; medians. */
async function measure(session, batch) {
  const dims = [batch, 1, 224, 224];
  const feeds = { onset: new Tensor('float32', texture(batch, 0), dims), apex: new Tensor('float32', texture(batch, 0.6), dims) };
  const began = performance.now();
  const first = await session.run(feeds);
  const firstMs = performance.now() - began;
  await session.run(feeds);
  const times = [];
  const until = performance.now() + 1000 * seconds;
  while (times.length < 5 || performance.now() < until) {
    const start = performance.now();
    await session.run(feeds);
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const ms = times[times.length >> 1];
  const facial = first.facial.data;
  reference ??= facial.slice(0, 2 * PIXELS);
  let apart = 0;
  for (let i = 0; i < reference.length; i++) apart = Math.max(apart, Math.abs(facial[i] - reference[i]));
  return {
    first_ms: round(firstMs),
    ms: round(ms),
    p95_ms: round(times[Math.floor(times.length * 0.95)]),
    ms_a_pair: round(ms / batch),
    pairs_a_second: round((1000 * batch) / ms),
    apart_px: Number(apart.toPrecision(2)),
  };
}

/** The same waves in every pair, shifted by `shift` px. */
function texture(batch, shift) {
  const data = new Float32Array(batch * PIXELS);
  for (let i = 0; i < data.length; i++) {
    const x = (i % 224) - shift;
    const y = Math.floor((i % PIXELS) / 224);
    data[i] = 0.5 + 0.2 * Math.sin(x / 5 + y / 11) + 0.15 * Math.cos(y / 4 - x / 17);
  }
  return data;
}

function print() {
  process.stdout.write(`${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}, ${options.threads} CPU thread(s)\n\n`);
  process.stdout.write(
    '| device | precision | batch | ms | p95 ms | ms a pair | pairs/s | first run ms | px from the CPU |\n|---|---|---:|---:|---:|---:|---:|---:|---:|\n',
  );
  for (const row of rows) {
    process.stdout.write(
      `| ${[row.device, row.precision, row.batch, row.ms, row.p95_ms, row.ms_a_pair, row.pairs_a_second, row.first_ms, row.apart_px].join(' | ')} |\n`,
    );
  }
  for (const note of notes) process.stdout.write(`\nnot measured: ${note}`);
  if (notes.length > 0) process.stdout.write('\n');
}

function round(value) {
  return Number(value.toPrecision(4));
}

function fail(message, code) {
  process.stderr.write(`bench-flow-gpu: ${message}\n`);
  process.exit(code);
}
