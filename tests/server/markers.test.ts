import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MellmClient } from '../../clients/javascript/src/node.js';
import { ReplayPublisher } from '../../lab/bench/replay-publisher.js';
import { sampleClip } from '../../lab/bench/sample.js';
import type { MellmServer } from '../../src/server/mod.js';
import { startServer } from '../support/start-server.js';
import { Watcher } from '../support/watcher.js';

const PUBLISH = 'publish-publish-publish';
const WATCH = 'watch-watch-watch-watch';
let server: MellmServer;
let mellm: MellmClient;
beforeAll(async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'mellm-markers-')), 'data');
  server = await startServer({ store: { enabled: true, path }, auth: { tokens: [`${PUBLISH} publish+watch`, `${WATCH} watch`] } });
  mellm = new MellmClient({ server: server.url, token: PUBLISH });
});
afterAll(async () => {
  await server.close();
});

it('marks moments of a live session; viewers, exports and erasure know them', async () => {
  const publisher = await ReplayPublisher.start({ server: server.url, file: sampleClip(), name: 'Lab', token: PUBLISH });
  const { session } = publisher;
  const events = mellm.events(session);
  let before = 0;
  for await (const event of events) {
    if (event.type !== 'track') continue;
    // The face was filmed here and arrives within milliseconds: the wall-clock time of its frame is now.
    expect(Math.abs(Date.now() - (event.wall?.at ?? 0))).toBeLessThan(1500);
    expect(event.wall?.error_ms).toBeGreaterThanOrEqual(0);
    before = event.t;
    if (event.t > 1) break;
  }
  const now = await mellm.mark(session, { code: 'stimulus', trial: '12', stimulus: 'film_3' });
  expect(now.t).toBeGreaterThan(before - 1);
  expect(now.t).toBeLessThan(before + 2);
  const exact = await mellm.mark(session, { code: '=response', t: 0.5 });
  expect(exact.t).toBe(0.5);
  expect((await mellm.mark(session, { code: 'again', at: now.wall!.at })).t).toBeCloseTo(now.t, 1);

  await expect(mellm.mark(session, { code: '' })).rejects.toMatchObject({ status: 400, code: 'bad_marker' });
  await expect(mellm.mark(session, { code: 'a', t: 1e6 })).rejects.toMatchObject({ status: 409, code: 'out_of_range' });
  await expect(mellm.mark('nothing', { code: 'a' })).rejects.toMatchObject({ status: 404 });
  const watching = new MellmClient({ server: server.url, token: WATCH });
  await expect(watching.mark(session, { code: 'a' })).rejects.toMatchObject({ status: 403 });

  await publisher.close();
  await expect.poll(async () => (await mellm.session(session)).state).toBe('ended');
  await expect(mellm.mark(session, { code: 'late' })).rejects.toMatchObject({ status: 404 });
  expect((await mellm.markers(session)).map(({ code }) => code)).toEqual(['stimulus', '=response', 'again']);
  expect((await mellm.markers(session))[0]).toEqual(now);
  const headers = { authorization: `Bearer ${WATCH}` };
  const csv = await (await fetch(`${server.url}/api/sessions/${session}/markers?format=csv`, { headers })).text();
  expect(csv.split('\r\n')[0]).toBe('marker,t,wall_time,wall_error_ms,code,trial,stimulus');
  expect(csv).toContain(',stimulus,12,film_3\r\n');
  expect(csv).toContain(",'=response,,\r\n");
  const eaf = await (await mellm.exported(session, 'eaf')).text();
  expect(eaf).toContain('TIER_ID="markers"');
  expect(eaf).toContain('stimulus · 12 · film_3');

  await mellm.eraseSession(session);
  await expect(mellm.markers(session)).rejects.toMatchObject({ status: 404 });
});

it('keeps order and numbering of durable events', async () => {
  const publisher = await ReplayPublisher.start({ server: server.url, file: sampleClip(), name: 'Lab', token: PUBLISH });
  const watcher = new Watcher(server.url, publisher.session, { keep: true, token: WATCH });
  await watcher.until((event) => event.type === 'track', 'track');
  await Promise.all(Array.from({ length: 50 }, (_, n) => mellm.mark(publisher.session, { code: `c${String(n)}`, t: 0 })));
  await publisher.close();
  await watcher.until((event) => event.type === 'session.ended', 'end');
  watcher.close();
  expect(watcher.faults).toEqual([]);
  expect(watcher.durable.filter(({ type }) => type === 'marker')).toHaveLength(50);
});
