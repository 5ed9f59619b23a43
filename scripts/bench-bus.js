// node scripts/bench-bus.js nats://127.0.0.1:4222: what the bus adds, between two connections to a running nats-server with JetStream.
import { readFileSync } from 'node:fs';
import { ensureStreams, JobClient, JobWorker, Nats, NatsBus, encodeFrame } from '../dist/bus/nats/mod.js';
import { measureElsewhere, serveFlow } from '../dist/cluster/flow-jobs.js';
import { FlowEstimator } from '../dist/flow/mod.js';

const [url] = process.argv.slice(2);
if (url === undefined) {
  console.error('usage: node scripts/bench-bus.js nats://HOST:PORT');
  process.exit(2);
}
const EVENTS = 400;
const PAIRS = 24;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const quantile = (values, q) => Number([...values].sort((x, y) => x - y)[Math.floor(values.length * q)]?.toFixed(1));
const join = async (node) => {
  const nats = await Nats.connect({ url, node, prefix: 'mellm-bench' });
  await ensureStreams(nats);
  return nats;
};
const [here, there] = [await join('here'), await join('there')];
const session = `b${String(Date.now())}`;

const sent = new Map();
const told = [];
const publisher = new NatsBus({ nats: here, hear: false });
new NatsBus({ nats: there }).subscribe(session, (event) => { if ('seq' in event) told.push(performance.now() - sent.get(event.message)); });
await there.nc.flush();
publisher.begin({ id: session, name: 'bench' });
await publisher.flush();
for (let i = 0; i < EVENTS; i++) {
  sent.set(String(i), performance.now());
  publisher.publish({ type: 'error', session, t: 0, code: 'bench', message: String(i) });
  await pause(10);
}
await pause(500);

const estimator = await FlowEstimator.start({ device: 'cpu', maxWait: 1 });
const worker = new JobWorker({ nats: there, queue: 'flow', batch: 8, lanes: 2, serve: serveFlow(estimator) });
const jobs = new JobClient(here);
const measure = measureElsewhere(jobs);
const landmarks = Float32Array.from(JSON.parse(readFileSync(new URL('../tests/flow/mean-landmarks.json', import.meta.url), 'utf8')).flat());
const crop = (shift) => Uint8Array.from({ length: 224 * 224 }, (_, i) => 128 + 60 * Math.sin((i % 224) / 5 + shift) + 40 * Math.cos(Math.floor(i / 224) / 7));
const [onset, apex] = [crop(0), crop(0.2)];
const direct = [];
const across = [];
let pictures = 0;
for (let i = 0; i < PAIRS; i++) {
  let from = performance.now();
  await estimator.measure({ session, annotation: 'direct', onsetCrop: onset, apexCrop: apex, landmarks, keepImages: true });
  direct.push(performance.now() - from);
  from = performance.now();
  const { images } = await measure(session, `${session}-${String(i)}`, { onset, apex, landmarks, onsetTime: 0, apexTime: 0.1 }, AbortSignal.timeout(20_000));
  across.push(performance.now() - from);
  pictures = Object.values(images ?? {}).reduce((sum, png) => sum + png.byteLength, 0);
}
console.log(JSON.stringify({
  event_ms: { p50: quantile(told, 0.5), p95: quantile(told, 0.95), heard: told.length },
  flow_ms: { here: quantile(direct, 0.5), across: quantile(across, 0.5) },
  bytes: { flow_job: encodeFrame({ v: 1, session, annotation: session }, [onset, apex, new Uint8Array(landmarks.byteLength)]).byteLength, pictures_of_answer: pictures },
}, undefined, 1));
await worker.close();
jobs.close();
await estimator.close();
await here.close();
await there.close();
