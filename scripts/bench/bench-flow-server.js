// Pairs a second by a server of the Open Inference Protocol beside this machine's own CPU, and how far apart their flows are:
//
//     node scripts/bench/bench-flow-server.js http://127.0.0.1:8000 [pairs] [rounds]
//
// The two take turns, so that a busy machine disturbs both alike; medians are told.
import { texturedPair } from '../../dist/lab/bench/bench-flow.js';
import { FlowEstimator } from '../../dist/src/flow/mod.js';
import { checkFlowServer } from '../../dist/src/flow/served/check.js';

const [url, pairs = '48', rounds = '3'] = process.argv.slice(2);
if (!url) {
  console.error('usage: node scripts/bench/bench-flow-server.js URL [pairs] [rounds]');
  process.exit(2);
}

const crops = Array.from({ length: Number(pairs) }, (_, i) => texturedPair(i));
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

async function timed(work) {
  const began = performance.now();
  const value = await work();
  return { ms: performance.now() - began, value };
}
const through = (flow) => timed(() => Promise.all(crops.map((crop, i) => flow.estimate(crop, `s${i % 8}`))));
const alone = (flow) => timed(() => flow.estimate(crops[0], 's'));

console.log(await checkFlowServer({ url }));
const options = { device: 'cpu', maxBatch: 8, maxQueue: 4 * crops.length, deadline: 120_000, onNotice: console.error };
const ways = {
  'here, CPU': await FlowEstimator.start(options),
  'by the server': await FlowEstimator.start({ ...options, server: { url, fallback: false, timeout: 60_000 } }),
};
const all = Object.fromEntries(Object.keys(ways).map((name) => [name, { rates: [], singles: [], cpu: [] }]));
const flows = {};
for (let round = 0; round < Number(rounds); round++) {
  for (const [name, flow] of Object.entries(ways)) {
    const used = process.cpuUsage();
    const { ms, value } = await through(flow);
    const { user, system } = process.cpuUsage(used);
    all[name].rates.push((1000 * crops.length) / ms);
    all[name].cpu.push((user + system) / 1000 / crops.length);
    for (let i = 0; i < 3; i++) all[name].singles.push((await alone(flow)).ms);
    flows[name] = value;
  }
}
let worst = 0;
const [here, there] = Object.values(flows);
here.forEach((estimate, i) => {
  for (const field of ['facial', 'head'])
    estimate[field].forEach((value, at) => {
      worst = Math.max(worst, Math.abs(value - there[i][field][at]));
    });
});
for (const [name, { rates, singles, cpu }] of Object.entries(all)) {
  console.log(
    `${name}: ${median(rates).toFixed(1)} pairs/s (${rates.map((rate) => rate.toFixed(1)).join(', ')}), one pair alone ${median(singles).toFixed(0)} ms, CPU of this process ${median(cpu).toFixed(1)} ms a pair; ms of a batch by size ${JSON.stringify(Object.fromEntries(Object.entries(ways[name].info.costs).map(([size, ms]) => [size, Math.round(ms)])))}`,
  );
}
console.log(`largest difference: ${worst} px`);
for (const flow of Object.values(ways)) await flow.close();
