import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { loadConfig } from '../../../src/config/mod.js';
import { AlertLifecycle } from '../../../src/pipeline/alert/alert-lifecycle.js';
import { startEventInfrastructure } from '../../../src/server/event-infrastructure.js';
import { Guard } from '../../../src/server/http/guard.js';
import { startAnalysis } from '../../../src/pipeline/mod.js';
import { SessionRegistry } from '../../../src/server/sessions/session-registry.js';
import { Sessions } from '../../../src/server/sessions/sessions.js';
import { Viewers } from '../../../src/server/viewers/viewers.js';
import { endProcess } from '../../../src/runtime/threads/mod.js';
import { createLogger, Metrics } from '../../../src/telemetry/mod.js';
import { sharedNow } from '../clock.js';
import { pairOfSample } from './pair-of-sample.js';
import type { Order, Word } from './windows.js';

/**
 * A process as `serve` starts it, whose windows are opened and closed by order instead of by a spotter, with one pair of crops of
 * the sample clip. All behind that is real. By its settings (`MELLM_…`) it is one of several over NATS, or all in one.
 */
const config = loadConfig({ env: process.env });
const log = createLogger(config.log.level);
const metrics = new Metrics();
const registry = new SessionRegistry();
const infrastructure = await startEventInfrastructure(config, metrics, log, registry);
const { bus, store, cluster } = infrastructure;
const analysis = await startAnalysis(
  config,
  metrics,
  store,
  log,
  cluster && { vision: true, flow: false, llm: false, remote: cluster.stages },
);
const { stages } = analysis;
const failed = (what: string, error: unknown): void => {
  log.warn({ err: error }, what);
};
const sessions = new Sessions({
  registry,
  bus,
  store,
  metrics,
  maxSessions: 0,
  maxBytes: Infinity,
  spotting: analysis.spotting,
  services: {
    ...stages,
    metrics,
    onFailure: (_session, stage, error) => {
      failed(stage, error);
    },
  },
});
const seat = stages.vision.seat('sample');
const pair = await pairOfSample(seat);
seat.close();
const tell = (word: Word): void => {
  process.send?.(word);
};

const session = sessions.newId();
store.begin({ id: session, name: 'bench' });
bus.publish({ type: 'session.started', session, t: 0, name: 'bench', video: { width: 640, height: 480, codec: 'vp8' } });
const began = performance.now();
const now = (): number => (performance.now() - began) / 1000;
const alerts = new AlertLifecycle({
  session,
  publish: (draft) => {
    bus.publish(draft);
  },
  now,
  receivedAt: () => undefined,
  stages: { ...stages, crops: () => Promise.resolve(pair) },
  onClosed: () => undefined,
  report: { opened: () => undefined, worked: () => undefined, failed },
});

const http = createServer();
const viewers = new Viewers({ bus, store, metrics, guard: new Guard(config, log), limits: config.limits });
http.on('upgrade', (request, socket, head) => void viewers.upgrade(request, socket, head));
await new Promise<void>((resolve) => {
  http.listen(0, '127.0.0.1', resolve);
});
const url = `http://127.0.0.1:${String((http.address() as AddressInfo).port)}`;
await cluster?.announce(() => ({ url, sessions: 1, max: 0, draining: false }));

let windows = 0;
/** The pairs that are counted; while there is a flood. */
let flood: { done: number; failed: number; from: number } | undefined;
process.on('message', (order: Order) => {
  switch (order.do) {
    case 'alert':
      alert();
      break;
    case 'pairs':
      void pairs(order.outstanding);
      break;
    case 'events':
      void events(order.count, order.sessions);
      break;
    case 'mark':
      if (flood) Object.assign(flood, { done: 0, failed: 0, from: sharedNow() });
      break;
    case 'stop':
      if (flood) tell({ told: 'pairs', done: flood.done, failed: flood.failed, seconds: (sharedNow() - flood.from) / 1000 });
      flood = undefined;
      break;
  }
});
process.on('disconnect', () => {
  endProcess(0);
});
tell({ told: 'ready', session, url: cluster ? undefined : url });

/** A window that closes in the moment in which it opens: the flow job and all that follows lie between here and the viewer. */
function alert(): void {
  const t = now();
  const window = {
    key: `w${String(++windows)}`,
    face: 'f1',
    kind: 'micro',
    onset: t - 0.3,
    apex: t - 0.1,
    score: 0.8,
    peak: 1,
    regions: [],
  } as const;
  const at = sharedNow();
  alerts.handle({ type: 'opened', window });
  alerts.handle({ type: 'closed', window: { ...window, offset: t } });
  tell({ told: 'closed', annotation: `${session}-${String(windows)}`, at });
}

/** Eight sessions, so that no session's share of a batch is the bound. */
async function pairs(outstanding: number): Promise<void> {
  const count = (flood = { done: 0, failed: 0, from: sharedNow() });
  await Promise.all(
    Array.from({ length: outstanding }, async (_, lane) => {
      while (flood === count) {
        try {
          await stages.measure?.({
            session: `${session}p${String(lane % 8)}`,
            annotation: `${session}p-${String(++windows)}`,
            onsetCrop: pair.onset,
            apexCrop: pair.apex,
            landmarks: pair.landmarks,
            apexLandmarks: pair.apexLandmarks,
            includeImages: true,
            signal: AbortSignal.timeout(20_000),
          });
          count.done++;
        } catch {
          count.failed++;
        }
      }
    }),
  );
}

async function events(count: number, of: number): Promise<void> {
  const ids = Array.from({ length: of }, () => sessions.newId());
  for (const id of ids) {
    store.begin({ id, name: 'bench' });
    bus.publish({ type: 'session.started', session: id, t: 0, name: 'bench', video: { width: 640, height: 480, codec: 'vp8' } });
  }
  await store.flush();
  const from = sharedNow();
  for (let i = 0; i < count; i += of) {
    for (const id of ids)
      bus.publish({
        type: 'annotation.updated',
        session: id,
        t: i,
        annotation: `${id}-1`,
        mellm: { delta: 'the left brow rises by a pixel ' },
      });
    await store.flush();
  }
  tell({ told: 'events', seconds: (sharedNow() - from) / 1000 });
}
