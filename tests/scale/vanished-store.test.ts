import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { NatsServer, noNatsServer } from '../support/nats-server.js';
import { start, type Process } from '../support/installation.js';

describe.skipIf(noNatsServer !== undefined)('a store whose machine vanished without a word', () => {
  let nats: NatsServer;
  const processes: Process[] = [];
  const launch = async (roles: string): Promise<Process> => {
    const process = await start(nats.url, roles, { MELLM_STORE_ENABLED: 'false', MELLM_FLOW_ENABLED: 'false' });
    processes.push(process);
    return process;
  };

  beforeAll(async () => {
    nats = await NatsServer.start();
  });
  afterAll(async () => {
    await Promise.all(processes.map((process) => process.end('SIGKILL')));
    await nats.close();
  });

  it('is asked no more when another one is there, although NATS has not missed it yet', async () => {
    const vanished = await launch('store');
    const api = await launch('api');
    // Its connection stays open, as NATS sees it.
    vanished.child.kill('SIGSTOP');
    await launch('store');
    const list = async (): Promise<number> => (await fetch(`${api.url}/api/sessions`)).status;
    await vi.waitFor(
      async () => {
        expect(await list()).toBe(200);
      },
      { timeout: 30_000, interval: 500 },
    );
    for (let i = 0; i < 12; i++) expect(await list()).toBe(200);
  });
});
