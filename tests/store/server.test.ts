import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import WebSocket from 'ws';
import type { Annotation, Event } from '../../src/events/mod.js';
import { ReplayPublisher } from '../../lab/bench/replay-publisher.js';
import { sampleClip } from '../../lab/bench/sample.js';
import { RealServer } from '../support/real-server.js';

const folder = mkdtempSync(join(tmpdir(), 'mellm-data-'));
let server: RealServer | undefined;
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const start = async (): Promise<RealServer> => (server = await RealServer.start(0, ['--data', folder, '--keep-images']));
const found = (text: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + readFileSync(join(parentPath, name)).toString('latin1').split(text).length - 1, 0);

/** Watches a session; `seen` grows. */
function watch(url: string, session: string, since: number): { seen: Event[]; socket: WebSocket } {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws?session=${session}&since=${String(since)}`, 'mellm.v1');
  const seen: Event[] = [];
  socket.on('message', (data) => seen.push(JSON.parse((data as Buffer).toString()) as Event));
  socket.on('error', () => undefined);
  return { seen, socket };
}

const seqs = (events: readonly Event[]): number[] => events.flatMap((event) => ('seq' in event ? [event.seq] : []));
const closedIn = (events: readonly Event[]): Annotation[] =>
  events.flatMap((event) => (event.type === 'annotation.closed' ? [event.annotation] : []));

it('a server that is killed has lost nothing that a viewer was told, ends the session at its next start, reports on it and erases it', async () => {
  const first = await start();
  const publisher = await ReplayPublisher.start({ server: first.url, file: sampleClip(), name: 'Killed <b>session</b>' });
  const { session } = publisher;
  const before = watch(first.url, session, 0);
  await expect
    .poll(() => closedIn(before.seen).filter((annotation) => annotation.withdrawn === undefined).length, { timeout: 60_000 })
    .toBeGreaterThan(0);
  await first.stop('SIGKILL');
  publisher.die();
  const told = closedIn(before.seen);

  const second = await start();
  const path = `${second.url}/api/sessions/${session}`;
  expect(await (await fetch(path)).json()).toMatchObject({
    state: 'ended',
    reason: 'interrupted',
    name: 'Killed <b>session</b>',
    made_with: { models: expect.arrayContaining([expect.stringContaining('@')]) },
  });
  const kept = (await (await fetch(`${path}/annotations`)).json()) as Annotation[];
  for (const annotation of told) if (annotation.withdrawn === undefined) expect(kept).toContainEqual(annotation);
  const after = watch(second.url, session, seqs(before.seen).at(-1) ?? 0);
  await expect.poll(() => after.seen.at(-1)?.type, { timeout: 10_000 }).toBe('session.ended');
  const all = seqs([...before.seen, ...after.seen]);
  expect(all).toEqual(all.map((_, i) => i + 1));
  after.socket.close();

  const report = await fetch(`${path}/report.html`);
  expect(report.headers.get('content-type')).toContain('text/html');
  expect(report.headers.get('content-security-policy')).toContain("default-src 'none'");
  const page = await report.text();
  expect(page).toContain('Killed &lt;b&gt;session&lt;/b&gt;');
  expect(page).toContain('src="data:image/png;base64,');
  expect((await fetch(`${path}/annotations?format=html`)).headers.get('content-type')).toContain('text/html');

  expect(found(session)).toBeGreaterThan(0);
  expect((await fetch(path, { method: 'DELETE' })).status).toBe(204);
  expect(found(session)).toBe(0);
  expect(found('Killed <b>')).toBe(0);
  expect((await fetch(path)).status).toBe(404);
  expect(await second.metric('mellm_store_up')).toBe(1);
}, 180_000);

it('stops cleanly: its last session is ended with its reason, and nothing waits', async () => {
  const running = server ?? (await start());
  const publisher = await ReplayPublisher.start({ server: running.url, file: sampleClip() });
  const viewer = watch(running.url, publisher.session, 0);
  await expect.poll(() => viewer.seen.length, { timeout: 30_000 }).toBeGreaterThan(2);
  await running.stop();
  publisher.die();
  await expect.poll(() => viewer.seen.at(-1)).toMatchObject({ type: 'session.ended', reason: 'shutdown' });
  const again = await start();
  expect(await (await fetch(`${again.url}/api/sessions/${publisher.session}`)).json()).toMatchObject({
    state: 'ended',
    reason: 'shutdown',
  });
}, 120_000);
