import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import type { Event, EventDraft } from '../../src/events/mod.js';
import { InProcessBus } from '../../src/events/bus/mod.js';
import { loadConfig, type ConfigOverrides } from '../../src/config/mod.js';
import { Guard } from '../../src/server/http/guard.js';
import { Viewers } from '../../src/server/viewers/viewers.js';
import { MemoryStore } from '../../src/store/mod.js';
import { createLogger, Metrics } from '../../src/telemetry/mod.js';

const fault = (n: number, session = 'a'): EventDraft => ({ type: 'error', session, t: n, code: 'test', message: `fault ${String(n)}` });
const track = (t: number): EventDraft => ({
  type: 'track',
  session: 'a',
  t,
  face: 'f1',
  box: [0, 0, 1, 1],
  landmarks: Array.from({ length: 400 }, () => [0.1234, 0.5678] as [number, number]),
  pose: { yaw: 0, pitch: 0, roll: 0 },
  quality: { score: 1, faults: [] },
});

let bus: InProcessBus;
let store: MemoryStore;
let metrics: Metrics;
let viewers: Viewers;
let http: Server;
let base: string;

function watched(overrides: ConfigOverrides = {}): Viewers {
  const config = loadConfig({ overrides });
  return new Viewers({ bus, store, metrics, guard: new Guard(config, createLogger('silent')), limits: config.limits });
}

beforeEach(async () => {
  bus = new InProcessBus();
  store = new MemoryStore();
  store.begin({ id: 'a', name: 'first' });
  metrics = new Metrics();
  viewers = watched({ limits: { idle_timeout_ms: 20_000 } });
  http = createServer();
  http.on('upgrade', (request, socket, head) => {
    void viewers.upgrade(request, socket, head);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  base = `ws://127.0.0.1:${String((http.address() as AddressInfo).port)}/ws`;
});

afterEach(async () => {
  await viewers.close();
  metrics.close();
  http.closeAllConnections();
  await new Promise((resolve) => http.close(resolve));
});

interface Watching {
  socket: WebSocket;
  events: Event[];
  closed: Promise<{ code: number; reason: string }>;
}

async function watch(query: string, options: WebSocket.ClientOptions = {}): Promise<Watching> {
  const socket = new WebSocket(base + query, 'mellm.v1', options);
  const events: Event[] = [];
  socket.on('message', (data) => events.push(JSON.parse((data as Buffer).toString()) as Event));
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.on('close', (code, reason) => {
      resolve({ code, reason: reason.toString() });
    }),
  );
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  return { socket, events, closed };
}

async function until(condition: () => boolean, ms = 5000): Promise<void> {
  const deadline = Date.now() + ms;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const seqs = (events: readonly Event[]): number[] => events.flatMap((event) => ('seq' in event ? [event.seq] : []));

describe('GET /ws', () => {
  it('tells a viewer the whole session, then what comes, without a gap', async () => {
    for (let n = 1; n <= 500; n++) bus.publish(fault(n));
    const viewer = await watch('?session=a');
    for (let n = 501; n <= 600; n++) bus.publish(fault(n));
    await until(() => viewer.events.length >= 600);
    expect(seqs(viewer.events)).toEqual(Array.from({ length: 600 }, (_, i) => i + 1));
    viewer.socket.close();
  });

  it('a viewer that drops and comes back with since has missed nothing', async () => {
    const first = await watch('?session=a');
    for (let n = 1; n <= 20; n++) bus.publish(fault(n));
    await until(() => first.events.length === 20);
    first.socket.terminate();
    for (let n = 21; n <= 40; n++) bus.publish(fault(n));
    const second = await watch('?session=a&since=20');
    await until(() => second.events.length === 20);
    expect(seqs(second.events)).toEqual(Array.from({ length: 20 }, (_, i) => i + 21));
    second.socket.close();
  });

  it('a slow viewer loses ephemeral events, counted, and no durable one', async () => {
    const viewer = await watch('?session=a');
    viewer.socket.pause();
    for (let n = 1; n <= 3000; n++) {
      bus.publish(track(n));
      if (n % 10 === 0) bus.publish(fault(n));
      if (n % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    viewer.socket.resume();
    await until(() => seqs(viewer.events).length >= 300, 20_000);
    expect(seqs(viewer.events)).toEqual(Array.from({ length: 300 }, (_, i) => i + 1));
    const lost = 3000 - viewer.events.filter((event) => event.type === 'track').length;
    expect(lost).toBeGreaterThan(0);
    expect((await metrics.expose(undefined)).body).toContain(`mellm_ws_messages_dropped_total ${String(lost)}`);
    viewer.socket.close();
  });

  it('without a session shows all, sessions that begin later too', async () => {
    const viewer = await watch('');
    store.begin({ id: 'b', name: 'second' });
    bus.publish(fault(1, 'a'));
    bus.publish(fault(1, 'b'));
    await until(() => viewer.events.length === 2);
    expect(viewer.events.map((event) => event.session).sort()).toEqual(['a', 'b']);
    viewer.socket.close();
  });

  it.each([
    [
      'a binary message',
      (socket: WebSocket) => {
        socket.send(Buffer.from([1, 2]));
      },
      1003,
    ],
    [
      'what is not JSON',
      (socket: WebSocket) => {
        socket.send('hello');
      },
      1007,
    ],
    [
      'JSON that means nothing',
      (socket: WebSocket) => {
        socket.send('{"type":"nonsense"}');
      },
      1008,
    ],
    [
      '10 MB',
      (socket: WebSocket) => {
        socket.send('x'.repeat(10 * 2 ** 20));
      },
      1009,
    ],
  ])('closes on %s with the right code, and others do not notice', async (_name, send, code) => {
    const other = await watch('?session=a');
    const viewer = await watch('?session=a');
    viewer.socket.on('error', () => undefined);
    send(viewer.socket);
    expect((await viewer.closed).code).toBe(code);
    bus.publish(fault(1));
    await until(() => other.events.length === 1);
    other.socket.close();
  });

  it.each([
    ['an unknown session', '?session=nobody', {}, 404],
    ['a since that is no number', '?session=a&since=x', {}, 400],
    ['a since without a session', '?since=1', {}, 400],
    ["another site's page", '?session=a', { headers: { origin: 'https://evil.example' } }, 403],
  ])('refuses %s with a problem', async (_name, query, options, status) => {
    const response = await new Promise<{ status: number | undefined; type: string | undefined }>((resolve) => {
      const socket = new WebSocket(base + query, 'mellm.v1', options);
      socket.on('error', () => undefined);
      socket.on('unexpected-response', (_request, answer) => {
        resolve({ status: answer.statusCode, type: answer.headers['content-type'] });
      });
    });
    expect(response).toEqual({ status, type: 'application/problem+json' });
  });

  it('closes with 4410 when events before since are gone', async () => {
    bus = new InProcessBus({ keep: 10 });
    await viewers.close();
    viewers = watched();
    for (let n = 1; n <= 3000; n++) bus.publish(fault(n));
    const viewer = await watch('?session=a&since=1');
    expect((await viewer.closed).code).toBe(4410);
  });

  it('lets a viewer without since join at the oldest event still held', async () => {
    bus = new InProcessBus({ keep: 10 });
    await viewers.close();
    viewers = watched();
    for (let n = 1; n <= 3000; n++) bus.publish(fault(n));
    const viewer = await watch('?session=a');
    await until(() => seqs(viewer.events).at(-1) === 3000);
    expect(seqs(viewer.events)[0]).toBeGreaterThan(1);
    viewer.socket.close();
  });

  it('cuts off a viewer that answers no ping, and stops counting it', async () => {
    await viewers.close();
    viewers = watched({ limits: { idle_timeout_ms: 1000 } });
    const viewer = await watch('?session=a', { autoPong: false });
    await viewer.closed;
    await expect.poll(async () => (await metrics.expose(undefined)).body).toContain('mellm_ws_clients 0');
  });

  /** Opens or refusals, of so many at once. */
  const together = (count: number, query: string, options: WebSocket.ClientOptions = {}): Promise<(WebSocket | number)[]> =>
    Promise.all(
      Array.from(
        { length: count },
        () =>
          new Promise<WebSocket | number>((resolve) => {
            const socket = new WebSocket(base + query, 'mellm.v1', options);
            socket
              .on('error', () => undefined)
              .once('open', () => {
                resolve(socket);
              })
              .once('unexpected-response', (_request, { statusCode }) => {
                resolve(statusCode ?? 0);
              });
          }),
      ),
    );
  const open = (results: readonly (WebSocket | number)[]): WebSocket[] => results.filter((result) => typeof result !== 'number');

  it.each([
    ['in all', { limits: { viewers: 3, requests_per_second: 1000 } }, {}, 3, 503],
    [
      'of one token',
      { limits: { viewers: 100, viewers_per_token: 2, requests_per_second: 1000 }, auth: { tokens: ['watch-watch-watch-watch watch'] } },
      { headers: { authorization: 'Bearer watch-watch-watch-watch' } },
      2,
      429,
    ],
  ])(
    'lets in no more than the limit %s when 40 ask at once, and gives places back',
    async (_limit, overrides: ConfigOverrides, options: { headers?: Record<string, string> }, most, refusal) => {
      await viewers.close();
      viewers = watched(overrides);
      // As a store in a thread or another process does, it answers a while later.
      const get = store.get.bind(store);
      store.get = async (id) => {
        await new Promise((resolve) => setTimeout(resolve, 100));
        return get(id);
      };
      for (let round = 0; round < 2; round++) {
        const results = await together(40, '?session=a', options);
        expect(open(results)).toHaveLength(most);
        expect(results.filter((result) => result === refusal)).toHaveLength(40 - most);
        const closed = Promise.all(open(results).map((socket) => new Promise((resolve) => socket.once('close', resolve))));
        for (const socket of open(results)) socket.close();
        await closed;
        // Nor does a place stay taken by who asked for nothing that there is, went away, or shook hands wrongly.
        expect(await together(most, '?session=nobody', options)).toEqual(Array.from({ length: most }, () => 404));
        const keyless = (): Promise<number> =>
          new Promise((resolve, reject) => {
            request(
              `${base.replace('ws', 'http')}?session=a`,
              { headers: { ...options.headers, connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' } },
              (response) => {
                response.resume();
                resolve(response.statusCode ?? 0);
              },
            )
              .on('error', reject)
              .end();
          });
        for (let n = 0; n < most; n++) expect(await keyless()).toBe(400);
      }
    },
  );

  it('shows a bound token what it is for without a session too, however many others are live', async () => {
    await viewers.close();
    viewers = watched({ auth: { tokens: ['desk-desk-desk-desk-desk watch Desk'] } });
    store.begin({ id: 'mine', name: 'Desk' });
    for (let n = 0; n < 1005; n++) store.begin({ id: `other${String(n)}`, name: 'Other' });
    for (const session of ['mine', 'other0', 'other1004']) bus.publish(fault(1, session));
    const viewer = await watch('', { headers: { authorization: 'Bearer desk-desk-desk-desk-desk' } });
    for (const session of ['other1004', 'mine']) bus.publish(fault(2, session));
    await until(() => viewer.events.length === 2);
    expect(viewer.events.map(({ session, ...event }) => [session, 'seq' in event && event.seq])).toEqual([
      ['mine', 1],
      ['mine', 2],
    ]);
    viewer.socket.close();
  });

  it('tells viewers when the server goes away', async () => {
    const viewer = await watch('?session=a');
    await viewers.close();
    expect((await viewer.closed).code).toBe(1001);
  });
});
