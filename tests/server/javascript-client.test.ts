import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket as NodeSocket } from 'ws';
import { MellmClient, ProblemError, type Event } from '../../clients/javascript/src/node.js';
import { ReplayPublisher } from '../../lab/bench/replay-publisher.js';
import { sampleClip } from '../../lab/bench/sample.js';
import { answerSchemas, type Answers } from '../../src/events/mod.js';
import type { MellmServer } from '../../src/server/mod.js';
import { startServer } from '../support/start-server.js';

const TOKEN = 'client-client-client';
const check = <Name extends keyof Answers>(name: Name, value: unknown): Answers[Name] => answerSchemas[name].parse(value) as Answers[Name];

let server: MellmServer;
let mellm: MellmClient;
beforeAll(async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'mellm-client-')), 'data');
  server = await startServer({ store: { enabled: true, path }, auth: { tokens: [`${TOKEN} publish+watch`] } });
  mellm = new MellmClient({ server: server.url, token: TOKEN, check });
});
afterAll(async () => {
  await server.close();
});

it('watches a live session through broken connections, and reads, changes and erases it', async () => {
  const sockets: NodeSocket[] = [];
  const restless = new MellmClient({
    server: server.url,
    token: () => TOKEN,
    openSocket: (url, protocols) => {
      const socket = new NodeSocket(url, protocols);
      socket.on('error', () => undefined);
      sockets.push(socket);
      return socket as never;
    },
  });
  expect(await mellm.access()).toEqual({ token: 'required', grants: ['publish', 'watch'], session: null, notice: null });
  const publisher = await ReplayPublisher.start({ server: server.url, file: sampleClip(), name: 'Client', token: TOKEN });
  const { session } = publisher;
  const read: Event[] = [];
  const breaking = setInterval(() => sockets.at(-1)?.terminate(), 1500);
  for await (const event of restless.events(session)) {
    read.push(event);
    if (event.type === 'stats' && read.filter(({ type }) => type === 'stats').length === 2)
      expect(await mellm.changeSettings(session, { false_alarms_per_minute: 1 })).toEqual({ false_alarms_per_minute: expect.any(Number) });
    if (event.type === 'annotation.closed' && sockets.length > 2) await publisher.close();
  }
  clearInterval(breaking);
  expect(sockets.length).toBeGreaterThan(2);
  const durable = read.flatMap((event) => ('seq' in event ? [event.seq] : []));
  expect(durable).toEqual(durable.map((_seq, i) => i + 1));
  expect(read.at(-1)).toMatchObject({ type: 'session.ended', reason: 'ended' });

  expect((await mellm.sessions({ limit: 1 }))[0]).toMatchObject({ id: session, name: 'Client', state: 'ended' });
  const closed = read.flatMap((event) => (event.type === 'annotation.closed' && !event.annotation.withdrawn ? [event.annotation] : []));
  expect((await mellm.annotations(session)).map(({ id }) => id)).toEqual(closed.map(({ id }) => id));
  const id = closed[0]!.id;
  for (const name of await mellm.images(id)) expect((await mellm.image(id, name)).type).toBe('image/png');
  expect(await (await mellm.exported(session, 'csv')).text()).toContain(id);
  const tail: Event[] = [];
  for await (const event of mellm.events(session, { since: durable.length - 1 })) tail.push(event);
  expect(tail).toEqual([read.at(-1)]);

  await mellm.eraseSession(session);
  await expect(mellm.session(session)).rejects.toBeInstanceOf(ProblemError);
  await expect(mellm.events(session)[Symbol.asyncIterator]().next()).rejects.toThrow('does not exist');
});

it('uploads a recording and follows its analysis', async () => {
  const file = new Blob([await readFile(sampleClip())]);
  const sent: number[] = [];
  const id = await mellm.upload(file, { name: 'sample.webm' }, { onProgress: (bytes) => sent.push(bytes) });
  expect(sent.at(-1)).toBe(file.size);
  await expect.poll(async () => (await mellm.recording(id)).state, { timeout: 90_000 }).toBe('done');
  const types = new Set<string>();
  for await (const event of mellm.events(id)) types.add(event.type);
  expect([...types]).toEqual(expect.arrayContaining(['session.started', 'annotation.closed', 'session.ended']));
});

it('says what is wrong', async () => {
  const stranger = new MellmClient({ server: server.url, token: 'wrong-wrong-wrong-wrong' });
  await expect(stranger.sessions()).rejects.toMatchObject({ status: 401, code: 'token_invalid' });
  const nobody = new MellmClient({ server: 'http://127.0.0.1:9' });
  await expect(nobody.sessions()).rejects.toMatchObject({ status: 0, code: 'unreachable' });
  await expect(new MellmClient().sessions()).rejects.toThrow('the option server is missing');
});

it('is importable as mellm-live/client, built, in plain Node.js', async () => {
  const script = `
    const { MellmClient } = await import('mellm-live/client');
    const mellm = new MellmClient({ server: ${JSON.stringify(server.url)}, token: ${JSON.stringify(TOKEN)} });
    const [{ id }] = await mellm.sessions();
    for await (const { type } of mellm.events(id)) if (type === 'session.ended') console.log(type);`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
  expect(stdout.trim()).toBe('session.ended');
});
