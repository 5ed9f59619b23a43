import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ReplayPublisher } from '../../lab/bench/replay-publisher.js';
import { sampleClip } from '../../lab/bench/sample.js';
import { NatsServer, noNatsServer } from '../support/nats-server.js';
import { start, type Process } from '../support/installation.js';
import { RoamingViewer } from './roaming-viewer.js';

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

describe.skipIf(noNatsServer !== undefined)('publishers of an installation', () => {
  let nats: NatsServer;
  let api: Process;
  const ingest: Process[] = [];
  const publishers: ReplayPublisher[] = [];
  const publish = async (server: string): Promise<ReplayPublisher> => {
    const publisher = await ReplayPublisher.start({ server, file: sampleClip(), name: `camera ${String(publishers.length)}` });
    publishers.push(publisher);
    return publisher;
  };

  beforeAll(async () => {
    nats = await NatsServer.start();
    api = await start(nats.url, 'store,api', { MELLM_STORE_ENABLED: 'false', MELLM_FLOW_ENABLED: 'false' });
    for (let i = 0; i < 2; i++)
      ingest.push(await start(nats.url, 'ingest', { MELLM_SERVER_MAX_SESSIONS: '1', MELLM_FLOW_ENABLED: 'false' }));
  });
  afterAll(async () => {
    for (const publisher of publishers) publisher.die();
    await Promise.all([api, ...ingest].map((process) => process.end('SIGKILL')));
    await nats.close();
  });

  it('are sent to where there is room, and told when there is none', async () => {
    const servers = ingest.map(({ url }) => new URL(url).origin);
    await pause(2500);
    await publish(api.url);
    const second = await publish(publishers[0]?.server ?? '');
    expect(new Set(publishers.map(({ server }) => server))).toEqual(new Set(servers));
    await pause(2500);
    const refused = await fetch(`${api.url}/whip?name=late`, {
      method: 'POST',
      headers: { 'content-type': 'application/sdp' },
      body: 'v=0',
    });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '10']);
    const viewer = new RoamingViewer(() => [api.url], second.session);
    for (const end = Date.now() + 30_000; (viewer.ephemeral < 3 || viewer.seq === 0) && Date.now() < end;) await pause(100);
    expect(viewer.durable[0]).toMatchObject({ type: 'session.started', seq: 1, name: 'camera 1' });
    expect(viewer.ephemeral).toBeGreaterThanOrEqual(3);
    expect(viewer.faults).toEqual([]);
    viewer.close();
  });

  it('have their session ended from any process', async () => {
    const { session } = publishers[0] ?? { session: '' };
    const moved = await fetch(`${api.url}/api/sessions/${session}`, { method: 'PATCH', body: '{"false_alarms_per_minute": 1}' });
    expect([200, 409]).toContain(moved.status);
    expect((await fetch(`${api.url}/api/sessions/${session}`, { method: 'DELETE' })).status).toBe(204);
    expect((await fetch(`${api.url}/api/sessions/${session}`)).status).toBe(404);
    expect((await fetch(`${api.url}/api/sessions/nobody`, { method: 'DELETE' })).status).toBe(404);
  });
});

describe.skipIf(noNatsServer !== undefined)('the sessions of a token', () => {
  it('count at all processes together', async () => {
    const token = 'a2'.repeat(12);
    const env = { MELLM_AUTH_TOKENS: `${token} publish+watch`, MELLM_LIMITS_SESSIONS_PER_TOKEN: '1', MELLM_FLOW_ENABLED: 'false' };
    const nats = await NatsServer.start();
    const ingest: Process[] = [];
    try {
      for (let i = 0; i < 2; i++) ingest.push(await start(nats.url, 'ingest', env));
      const [a, b] = ingest.map(
        ({ url }) =>
          (): Promise<ReplayPublisher> =>
            ReplayPublisher.start({ server: url, file: sampleClip(), token }),
      );
      const first = await a?.();
      await expect(a?.()).rejects.toThrow(/429/);
      await expect(b?.()).rejects.toThrow(/429.*too_many_sessions/s);
      await first?.close();
      const second = await vi.waitFor(async () => await b?.(), { timeout: 20_000, interval: 500 });
      await expect(a?.()).rejects.toThrow(/429/);
      second?.die();
    } finally {
      await Promise.all(ingest.map((process) => process.end('SIGKILL')));
      await nats.close();
    }
  });
});
