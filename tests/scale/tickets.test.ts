import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import { Nats } from '../../src/cluster/nats/mod.js';
import { SharedTickets } from '../../src/cluster/shared-tickets.js';
import { NatsServer, noNatsServer } from '../support/nats-server.js';
import { start, type Process } from '../support/installation.js';

const TOKEN = 'watch-watch-watch-watch-1';
const HOLDER = { id: 'ann@example.org', grants: ['watch' as const], session: 'Desk', expires: 1_900_000_000_000, anonymous: false };

describe.skipIf(noNatsServer !== undefined)('tickets of an installation', () => {
  let nats: NatsServer;
  let one: Process;
  let two: Process;
  const clients: Nats[] = [];
  const client = async (prefix: string): Promise<Nats> => {
    const made = await Nats.connect({ url: nats.url, node: `n${String(clients.length)}`, prefix });
    clients.push(made);
    return made;
  };

  beforeAll(async () => {
    nats = await NatsServer.start();
    const env = { MELLM_STORE_ENABLED: 'false', MELLM_AUTH_TOKENS: `${TOKEN} watch`, MELLM_LIMITS_FAILURES_PER_MINUTE: '6' };
    [one, two] = await Promise.all([start(nats.url, 'store,api', env), start(nats.url, 'api', env)]);
  });
  afterAll(async () => {
    for (const made of clients) await made.close();
    await Promise.all([one, two].map((process) => process.end('SIGKILL')));
    await nats.close();
  });

  const buy = (server: Process): Promise<Response> =>
    fetch(`${server.url}/api/tickets`, { method: 'POST', headers: { authorization: `Bearer ${TOKEN}` } });
  const ticket = async (server: Process): Promise<string> => ((await (await buy(server)).json()) as { ticket: string }).ticket;
  /** 101 where a viewer is let in. */
  const use = async (server: Process, bought: string): Promise<number> => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws?ticket=${bought}`, 'mellm.v1');
    socket.on('error', () => undefined);
    const status = await Promise.race([
      once(socket, 'open').then(() => 101),
      once(socket, 'unexpected-response').then(([, response]) => (response as { statusCode: number }).statusCode),
    ]);
    socket.terminate();
    return status;
  };

  it('open a WebSocket at any server, once, and more often than one may be wrong', async () => {
    for (let i = 0; i < 8; i++) expect(await use(i % 2 ? one : two, await ticket(i % 2 ? two : one))).toBe(101);
    const bought = await ticket(one);
    expect((await Promise.all([use(one, bought), use(two, bought), use(two, bought)])).sort()).toEqual([101, 401, 401]);
    expect(await use(two, 'made-up')).toBe(401);
    expect(await use(two, 'made up . > *')).toBe(401);
  });

  it("are not to be had while NATS is away, which is nobody's wrong token", async () => {
    const bought = await ticket(one);
    await nats.kill('SIGKILL');
    await vi.waitFor(
      async () => {
        expect((await fetch(`${two.url}/readyz`)).status).toBe(503);
      },
      { timeout: 10_000 },
    );
    await vi.waitFor(
      async () => {
        expect((await fetch(`${one.url}/readyz`)).status).toBe(503);
      },
      { timeout: 10_000 },
    );
    const answer = await buy(one);
    expect([answer.status, answer.headers.get('retry-after'), await answer.json()]).toMatchObject([503, '5', { code: 'bus_unreachable' }]);
    for (let i = 0; i < 8; i++) expect(await use(two, bought)).toBe(503);
    await nats.start();
    await vi.waitFor(
      async () => {
        expect((await fetch(`${two.url}/readyz`)).status).toBe(200);
      },
      { timeout: 10_000 },
    );
    // The viewer's sessions are asked of the other process.
    await vi.waitFor(
      async () => {
        expect((await fetch(`${one.url}/readyz`)).status).toBe(200);
      },
      { timeout: 10_000 },
    );
    expect(await use(two, bought)).toBe(101);
  });

  it('say whose they are, once, wherever they are used at the same time', async () => {
    const offices = await Promise.all(
      [client('shared'), client('shared'), client('shared')].map(async (made) => await SharedTickets.open(await made)),
    );
    const bought = await offices[0]!.issue(HOLDER);
    const found = await Promise.all(Array.from({ length: 12 }, (_, i) => offices[i % 3]!.redeem(bought)));
    expect(found.filter((holder) => holder !== undefined)).toEqual([expect.objectContaining(HOLDER)]);
    expect(await offices[1]!.redeem(bought)).toBeUndefined();
  });

  it('expire', async () => {
    const made = await client('short');
    const office = await SharedTickets.open(made, { life: 1000 });
    const [used, late] = [await office.issue(HOLDER), await office.issue(HOLDER)];
    expect(await office.redeem(used)).toMatchObject(HOLDER);
    await new Promise((resolve) => {
      setTimeout(resolve, 2500);
    });
    expect(await office.redeem(late)).toBeUndefined();
    expect((await made.jsm.streams.info('KV_short_tickets')).state.messages).toBe(0);
  });

  it('tell who reads NATS nothing', async () => {
    const made = await client('sealed');
    const office = await SharedTickets.open(made);
    const heard: string[] = [];
    made.nc.subscribe('$KV.>', {
      callback: (_error, message) => {
        heard.push(message.subject + Buffer.from(message.data).toString('latin1'));
      },
    });
    const bought = await office.issue(HOLDER);
    await made.nc.flush();
    expect(heard.join('')).toMatch(/^\$KV\.sealed_tickets\.[0-9a-f]{64}/);
    for (const secret of [bought, HOLDER.id, HOLDER.session, 'watch']) expect(heard.join('')).not.toContain(secret);
  });
});
