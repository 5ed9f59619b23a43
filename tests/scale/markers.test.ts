import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MellmClient } from '../../clients/javascript/src/node.js';
import { ReplayPublisher } from '../../lab/bench/replay-publisher.js';
import { sampleClip } from '../../lab/bench/sample.js';
import type { MellmServer } from '../../src/server/mod.js';
import { NatsServer, noNatsServer } from '../support/nats-server.js';
import { startServer } from '../support/start-server.js';

describe.skipIf(noNatsServer !== undefined)('markers, set at a process that does not run the session', () => {
  const path = mkdtempSync(join(tmpdir(), 'mellm-markers-bus-'));
  let nats: NatsServer;
  let camera: MellmServer;
  let api: MellmServer;
  beforeAll(async () => {
    nats = await NatsServer.start();
    const flow = { enabled: false };
    api = await startServer({ bus: { url: nats.url, roles: ['store', 'api'] }, store: { enabled: true, path }, flow });
    camera = await startServer({ bus: { url: nats.url, roles: ['ingest'] }, flow });
  });
  afterAll(async () => {
    await camera.close();
    await api.close();
    await nats.close();
    rmSync(path, { recursive: true, force: true });
  });

  it('are set, refused, shown and exported as by the process that runs it', async () => {
    const publisher = await ReplayPublisher.start({ server: camera.url, file: sampleClip(), name: 'Lab' });
    const { session } = publisher;
    const mellm = new MellmClient({ server: api.url });
    for await (const event of mellm.events(session)) if (event.type === 'track') break;
    const set = await mellm.mark(session, { code: 'stimulus', trial: '12', stimulus: 'film_3' });
    expect(set).toMatchObject({ session, code: 'stimulus', trial: '12', stimulus: 'film_3' });
    expect(Math.abs(Date.now() - set.wall!.at)).toBeLessThan(10_000);
    expect((await mellm.mark(session, { code: 'exact', t: 0.25 })).t).toBe(0.25);
    await expect(mellm.mark(session, { code: 'far', t: 1e6 })).rejects.toMatchObject({ status: 409, code: 'out_of_range' });
    await expect(mellm.mark('nobody', { code: 'a' })).rejects.toMatchObject({ status: 404 });

    await publisher.close();
    const seen: string[] = [];
    for await (const event of mellm.events(session)) if (event.type === 'marker') seen.push(event.code);
    expect(seen).toEqual(['stimulus', 'exact']);
    await expect.poll(async () => (await mellm.markers(session)).map(({ code }) => code)).toEqual(['stimulus', 'exact']);
    await expect(mellm.mark(session, { code: 'late' })).rejects.toMatchObject({ status: 404 });
  });
});
