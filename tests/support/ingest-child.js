// node ingest-child.js NATS_URL SESSIONS: a process with the role ingest whose cameras are made up: windows open and close by a timer,
// with crops of noise. All behind them is real: alerts, jobs, events, heartbeats. Says the ids of its sessions; SIGTERM ends them.
import { readFileSync } from 'node:fs';
import { Cluster } from '../../dist/src/cluster/mod.js';
import { loadConfig } from '../../dist/src/config/mod.js';
import { AlertLifecycle } from '../../dist/src/pipeline/alert/alert-lifecycle.js';
import { createLogger, Metrics } from '../../dist/src/telemetry/mod.js';

const [url, count, name = 'made up'] = process.argv.slice(2);
const log = createLogger('info');
const sessions = new Map();
const landmarks = Float32Array.from(JSON.parse(readFileSync(new URL('./mean-landmarks.json', import.meta.url), 'utf8')).flat());
const noise = (seed) =>
  Uint8Array.from({ length: 224 * 224 }, (_, i) => 128 + 60 * Math.sin((i % 224) / 5 + seed) + 40 * Math.cos(Math.floor(i / 224) / 7));
const crops = [noise(0), noise(0.2)];
const totals = { duration: 0, frames_received: 0, frames_analyzed: 0, frames_dropped: 0, annotations: { micro: 0, macro: 0 } };

const cluster = await Cluster.join({
  config: loadConfig({ env: process.env, overrides: { bus: { url, roles: 'ingest' } } }),
  metrics: new Metrics(),
  log,
  openStore: () => Promise.reject(new Error('not here')),
  handle: () => Promise.resolve(undefined),
  own: () => [...sessions.keys()],
  onFenced: (id) => {
    log.error({ session: id }, 'fenced');
    sessions.get(id)?.stop();
    sessions.delete(id);
  },
});
await cluster.announce(() => ({ url: 'http://127.0.0.1:9', sessions: sessions.size, max: 0, draining: false }));
for (let i = 0; i < Number(count); i++) sessions.set(...camera(`${cluster.node.slice(-8)}c${String(i)}`, i));
process.stdout.write(`sessions ${[...sessions.keys()].join(' ')}\n`);
process.on(
  'SIGTERM',
  () =>
    void (async () => {
      await Promise.all([...sessions.values()].map((session) => session.end()));
      await cluster.close();
      process.exit(0);
    })(),
);

function camera(id, i) {
  const began = performance.now();
  const now = () => (performance.now() - began) / 1000;
  cluster.store.begin({ id, name: `${name} ${String(i)}` });
  cluster.bus.publish({
    type: 'session.started',
    session: id,
    t: 0,
    name: `${name} ${String(i)}`,
    video: { width: 640, height: 480, codec: 'vp8' },
  });
  const alerts = new AlertLifecycle({
    session: id,
    publish: (draft) => {
      cluster.bus.publish(draft);
    },
    now,
    receivedAt: () => undefined,
    stages: {
      ...cluster.stages,
      crops: (_face, onsetTime, apexTime) =>
        Promise.resolve({ onset: crops[0], apex: crops[1], landmarks, apexLandmarks: landmarks, onsetTime, apexTime }),
    },
    onClosed: () => undefined,
    report: {
      opened: () => undefined,
      worked: () => undefined,
      failed: (stage, error) => {
        log.warn({ session: id, stage, err: error }, 'stage failed');
      },
    },
  });
  let windows = 0;
  const timers = [
    setInterval(
      () => {
        const t = now();
        const window = { key: `w${String(++windows)}`, face: 'f1', kind: 'micro', onset: t - 0.2, apex: t, score: 0.8 };
        alerts.handle({ type: 'opened', window });
        setTimeout(() => {
          alerts.handle({ type: 'closed', window: { ...window, offset: t + 0.2 } });
        }, 300);
      },
      Number(process.env.EVERY ?? 3000),
    ),
    setInterval(() => {
      cluster.bus.publish({
        type: 'stats',
        session: id,
        t: now(),
        fps_in: 30,
        fps_analyzed: 30,
        frames_dropped: 0,
        latency_ms: { p50: 1, p95: 2 },
        queue: 0,
      });
    }, 500),
  ];
  const stop = () => {
    for (const timer of timers) clearInterval(timer);
  };
  return [
    id,
    {
      stop,
      end: async () => {
        stop();
        await new Promise((resolve) => setTimeout(resolve, 400));
        await alerts.settle();
        cluster.bus.publish({ type: 'session.ended', session: id, t: now(), reason: 'ended', totals });
      },
    },
  ];
}
