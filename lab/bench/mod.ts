import { benchRegistration } from './bench-registration.js';
import { benchFlow } from './bench-flow.js';
import { benchAnalyze } from './analyze.js';
import { benchBus } from './bus/mod.js';
import { benchFlood } from './flood.js';
import { benchLive, benchMemory } from './live.js';
import { benchPeer } from './peers/bench-peer.js';
import { benchSizing } from './sizing/mod.js';
import type { Bench } from './result.js';

export type { Bench, BenchResult } from './result.js';

/** Every benchmark, in the order in which they run. */
export const BENCHES: readonly Bench[] = [
  { name: 'registration', title: 'sub-pixel registration of known shifts, 0–2 px at noise σ = 4', run: () => benchRegistration() },
  { name: 'flow', title: 'MEFlowNet, one CPU core: ms a pair by batch, batching against the ideal', run: () => benchFlow() },
  { name: 'analyze', title: 'a recorded 640×480@30 clip (synthetic sample) against real time', run: () => benchAnalyze() },
  { name: 'live', title: 'one live 640×480@30 session: server CPU by stage, latency, losses', run: () => benchLive(1, 30) },
  { name: 'live4', title: 'four live sessions at a time', run: () => benchLive(4, 30) },
  {
    name: 'flood',
    title: 'three live sessions, 20 000 stray UDP packets a second to one of their ports: fps of the others',
    run: () => benchFlood(10),
  },
  {
    name: 'sizing',
    title: 'what 100, 1 000 and 10 000 sessions need, simulated from measured costs (docs/scale.md, --costs)',
    long: true,
    run: ({ costs }) => Promise.resolve(benchSizing(costs)),
  },
  {
    name: 'bus',
    title: 'NATS against one process, in turns (10 minutes): alert latency, CPU, flow processes; needs nats-server or --nats',
    long: true,
    run: (options) => benchBus(options),
  },
  {
    name: 'peer',
    title:
      'ours beside a Python stack of aiortc, MediaPipe and OpenCV, in turns (6 minutes); --sessions; needs Python with lab/bench/peers/python/requirements.txt',
    long: true,
    run: (options) => benchPeer(options),
  },
  { name: 'memory', title: 'memory of a live session over --minutes', long: true, run: (options) => benchMemory(options) },
];
