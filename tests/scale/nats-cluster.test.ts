import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Annotation, DurableEvent } from '../../src/events/mod.js';
import type { SessionRecord } from '../../src/store/mod.js';
import { NatsServer, noNatsServer } from '../support/nats-server.js';
import { start, startCameras, type Cameras, type Process } from '../support/installation.js';
import { RoamingViewer } from './roaming-viewer.js';

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
const whole = (event: DurableEvent): boolean => event.type === 'annotation.closed' && event.annotation.incomplete === undefined;

/** Three nats-servers that are one, each stream three times there: whichever of them dies, nothing is lost, and little time passes. */
describe.skipIf(noNatsServer !== undefined)('on a NATS cluster of three', () => {
  const data = mkdtempSync(join(tmpdir(), 'mellm-cluster-'));
  const processes: Process[] = [];
  const viewers: RoamingViewer[] = [];
  let servers: NatsServer[] = [];
  let cameras: Cameras;

  const apis = (): string[] => processes.filter(({ roles, running }) => running && roles.includes('api')).map(({ url }) => url);
  const until = async (what: string, done: () => boolean | Promise<boolean>, ms = 60_000): Promise<void> => {
    for (const end = Date.now() + ms; Date.now() < end;) {
      if (await done()) return;
      await pause(100);
    }
    throw new Error(
      `${what}: not within ${String(ms)} ms\n${viewers.map(({ session, durable }) => `${session}: ${String(durable.length)}`).join('\n')}\n${processes.map(({ roles, log }) => `${roles}: ${log.slice(-8).join('\n  ')}`).join('\n')}`,
    );
  };
  const onward = async (what: string): Promise<void> => {
    const before = viewers.map(({ durable }) => durable.filter(whole).length);
    await until(`more alerts after ${what}`, () => viewers.every(({ durable }, i) => durable.filter(whole).length >= (before[i] ?? 0) + 2));
  };
  const leader = async (stream: string): Promise<NatsServer | undefined> => {
    for (const server of servers) if (server.pid !== undefined && (await server.leads(stream).catch(() => false))) return server;
    return undefined;
  };

  beforeAll(async () => {
    servers = await NatsServer.startCluster();
    const url = servers.map((server) => server.url).join(',');
    for (const roles of ['store,api', 'api', 'flow,llm'])
      processes.push(await start(url, roles, { MELLM_STORE_ENABLED: 'true', MELLM_STORE_PATH: data, MELLM_BUS_REPLICAS: '3' }));
    cameras = await startCameras(url, 3, { MELLM_BUS_REPLICAS: '3' });
    for (const session of cameras.sessions)
      for (let i = 0; i < 2; i++) viewers.push(new RoamingViewer(apis, session, { first: i, restless: 3000 + 700 * i }));
  });
  afterAll(async () => {
    for (const viewer of viewers) viewer.close();
    cameras.child.kill('SIGKILL');
    await Promise.all(processes.map((process) => process.end('SIGKILL')));
    await Promise.all(servers.map((server) => server.close()));
    rmSync(data, { recursive: true, force: true });
  });

  it('alerts are told', async () => {
    await onward('the start');
  });

  it.each(['mellm_EVENTS', 'mellm_FLOW'])(
    'the server that leads %s is killed, and comes back',
    async (stream) => {
      const first = await leader(stream);
      expect(first).toBeDefined();
      await first?.kill('SIGKILL');
      await onward('its death');
      const next = await leader(stream);
      expect(next).not.toBe(first);
      await first?.start();
      await onward('its return');
    },
    120_000,
  );

  it('one server hangs', async () => {
    const first = await leader('mellm_EVENTS');
    first?.freeze();
    try {
      await onward('that');
    } finally {
      first?.thaw();
    }
    await onward('its thaw');
  }, 120_000);

  it('every annotation was closed once, in the store and at every viewer, without a gap', async () => {
    cameras.child.kill('SIGTERM');
    await until('all have ended', () => viewers.every(({ ended }) => ended));
    for (const { session, faults, durable } of viewers) {
      expect(faults).toEqual([]);
      expect(durable.map(({ seq }) => seq)).toEqual(durable.map((_, i) => i + 1));
      const opened = durable.flatMap((event) => (event.type === 'annotation.opened' ? [event.annotation] : []));
      const closed = durable.flatMap((event) => (event.type === 'annotation.closed' ? [event.annotation.id] : []));
      expect([...closed].sort()).toEqual([...opened].sort());
      const api = async <T>(path: string): Promise<T> => (await (await fetch(`${apis()[0] ?? ''}${path}`)).json()) as T;
      await until('the store has the end', async () => (await api<SessionRecord>(`/api/sessions/${session}`)).state === 'ended');
      expect((await api<Annotation[]>(`/api/sessions/${session}/annotations`)).map(({ id }) => id)).toEqual(closed);
      expect(viewers.every(({ moves }) => moves > 2)).toBe(true);
    }
  });
});
