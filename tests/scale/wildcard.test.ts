import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { freePorts } from '../../lab/bench/free-port.js';
import { ReplayPublisher } from '../../lab/bench/replay-publisher.js';
import { sampleClip } from '../../lab/bench/sample.js';
import { NatsServer, noNatsServer } from '../support/nats-server.js';
import { start, type Process } from '../support/installation.js';
import { Network, networkMissing } from './network.js';

const QUIET = { MELLM_STORE_ENABLED: 'false', MELLM_FLOW_ENABLED: 'false' };
const ON_ALL = { ...QUIET, MELLM_SERVER_HOST: '0.0.0.0', MELLM_SERVER_INSECURE: 'true' };

/** Where a publisher that is no page is sent. */
const sentTo = async (api: Process): Promise<string | null> =>
  (
    await fetch(`${api.url}/whip`, { method: 'POST', redirect: 'manual', headers: { 'content-type': 'application/sdp' }, body: 'v=0' })
  ).headers.get('location');

describe.skipIf(noNatsServer !== undefined)('a process that takes publishers on all addresses', () => {
  it('is told by one that they can reach, and says what to open', async () => {
    const nats = await NatsServer.start();
    const processes: Process[] = [];
    try {
      for (const roles of ['store,api', 'ingest']) processes.push(await start(nats.url, roles, roles === 'ingest' ? ON_ALL : QUIET));
      const [api, ingest] = processes as [Process, Process];
      expect(ingest.url).toMatch(/^http:\/\/localhost:\d+$/);
      expect(
        await vi.waitFor(
          async () => {
            const to = await sentTo(api);
            expect(to).not.toBeNull();
            return to;
          },
          { timeout: 5000 },
        ),
      ).toBe(`http://127.0.0.1:${new URL(ingest.url).port}/whip?hops=1`);
      expect(ingest.log.join('\n')).toContain('cannot reach this process; set bus.advertise_url');
    } finally {
      await Promise.all(processes.map((process) => process.end('SIGKILL')));
      await nats.close();
    }
  });

  it.skipIf(networkMissing() !== undefined)('on a machine of its own too', async () => {
    const network = new Network(1);
    const [machine] = network.machines;
    const nats = await NatsServer.start(network.address);
    const processes: Process[] = [];
    try {
      processes.push(await start(nats.url, 'store,api', QUIET), await start(nats.url, 'ingest', ON_ALL, machine));
      const publisher = await vi.waitFor(() => ReplayPublisher.start({ server: processes[0]?.url ?? '', file: sampleClip() }), {
        timeout: 20_000,
        interval: 1000,
      });
      expect(publisher.server).toBe(`http://${machine?.address ?? ''}:${new URL(processes[1]?.url ?? '').port}`);
      await publisher.close();
    } finally {
      await Promise.all(processes.map((process) => process.end('SIGKILL')));
      await nats.close();
      network.close();
    }
  });

  it("must be told by which, where that can't be known: one line, exit 2", async (context) => {
    // NATS is reached by IPv6, publishers by IPv4 only.
    const ports = await freePorts(1, '::1').catch(() => undefined);
    if (!ports) {
      context.skip('no IPv6 here');
      return;
    }
    const folder = mkdtempSync(join(tmpdir(), 'mellm-nats-'));
    const [port = 0] = ports;
    const nats = spawn('nats-server', ['-a', '::1', '-p', String(port), '-js', '-sd', folder], { stdio: 'ignore' });
    try {
      await vi.waitFor(
        () =>
          new Promise<void>((resolve, reject) => {
            const socket = connect(port, '::1');
            socket
              .once('data', () => {
                socket.destroy();
                resolve();
              })
              .once('error', reject);
          }),
        { timeout: 10_000 },
      );
      const failed = await start(`nats://[::1]:${String(port)}`, 'ingest', ON_ALL).then(
        async (started) => {
          await started.end('SIGKILL');
          return 'it started';
        },
        (error: unknown) => (error as Error).message,
      );
      expect(failed).toMatch(/^ingest ended with 2:/);
      expect(failed.split('\n').filter((line) => line.startsWith('mellm-live: '))).toEqual([
        expect.stringMatching(/set bus\.advertise_url \(MELLM_BUS_ADVERTISE_URL\), e\.g\. http:\/\/10\.0\.0\.7:\d+$/),
      ]);
    } finally {
      nats.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
