import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, noBrowser, openPage, SEEING, shownCondition } from '../support/browser.js';
import { transcode } from '../support/browser-media.js';
import { NatsServer, noNatsServer } from '../support/nats-server.js';
import { start, type Process } from '../support/installation.js';

const missing = noBrowser ?? noNatsServer;
const TOKEN = 'page-page-page-page-page';
const RIGHTS = { MELLM_AUTH_TOKENS: `${TOKEN} publish+watch Desk` };
const QUIET = { MELLM_STORE_ENABLED: 'false', MELLM_FLOW_ENABLED: 'false' };
const METRICS = { MELLM_AUTH_METRICS: 'open' };

/** What stands before `api` processes: every request goes to another one than the last. */
async function balancer(urls: () => readonly string[]): Promise<{ readonly url: string; readonly server: Server }> {
  let next = 0;
  const target = (): URL => new URL(urls()[next++ % urls().length] ?? '');
  const server = createServer((request, response) => {
    const { origin } = target();
    const headers = Object.fromEntries(
      Object.entries(request.headers as Record<string, string>).filter(([name]) => name !== 'host' && name !== 'connection'),
    );
    const body: Buffer[] = [];
    request
      .on('data', (chunk: Buffer) => body.push(chunk))
      .on('end', () => {
        void fetch(`${origin}${request.url ?? ''}`, {
          method: request.method ?? 'GET',
          redirect: 'manual',
          headers: {
            ...headers,
            'x-forwarded-host': request.headers.host ?? '',
            'x-forwarded-for': '203.0.113.7',
            'x-forwarded-proto': 'http',
          },
          ...(body.length > 0 ? { body: Buffer.concat(body) } : {}),
        }).then(
          async (answer) => {
            const told = Object.fromEntries(
              [...answer.headers].filter(
                ([name]) => !/^(content-encoding|content-length|transfer-encoding|connection|keep-alive)$/.test(name),
              ),
            );
            response.writeHead(answer.status, told).end(Buffer.from(await answer.arrayBuffer()));
          },
          () => {
            response.writeHead(502).end();
          },
        );
      });
  });
  // Viewers' WebSockets go to one of them as they are, byte for byte.
  server.on('upgrade', (request, socket) => {
    const { hostname, port } = target();
    const onward = connect(Number(port), hostname, () => {
      const head = Object.entries(request.headers).map(([name, value]) => `${name}: ${String(value)}`);
      onward.write(
        [
          `GET ${request.url ?? ''} HTTP/1.1`,
          ...head,
          `x-forwarded-host: ${request.headers.host ?? ''}`,
          'x-forwarded-for: 203.0.113.7',
          '',
          '',
        ].join('\r\n'),
      );
      onward.pipe(socket);
      socket.pipe(onward);
    });
    for (const end of [onward, socket])
      end.on('error', () => {
        onward.destroy();
        socket.destroy();
      });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, server };
}

describe.skipIf(missing !== undefined)('the page of an installation', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mellm-page-'));
  let nats: NatsServer;
  let browser: Browser;
  const processes: Process[] = [];
  const launchAll = async (roles: readonly string[], env: NodeJS.ProcessEnv): Promise<Process[]> => {
    const started = await Promise.all(roles.map((role) => start(nats.url, role, { ...QUIET, ...env })));
    processes.push(...started);
    return started;
  };

  beforeAll(async () => {
    nats = await NatsServer.start();
    transcode('client/public/sample/sample.webm', join(folder, 'camera.mjpeg'), { codec: 'mjpeg', format: 'mjpeg', frames: 240 });
    browser = await launch(join(folder, 'camera.mjpeg'));
  });
  afterAll(async () => {
    await browser.close();
    await Promise.all(processes.map((process) => process.end('SIGKILL')));
    await nats.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('publishes by way of its own server, and anew when the process that has its camera dies', async () => {
    const [api, ...ingest] = await launchAll(['store,api', 'ingest', 'ingest'], {});
    const { page, faults } = await openPage(browser, api?.url ?? '');
    await page.getByText('Session name and access token').click();
    await page.getByLabel('Session name').fill('Desk');
    await page.getByRole('button', { name: 'Start camera' }).click();
    await expect.poll(() => shownCondition(page), { timeout: 60_000 }).toBeOneOf(SEEING);
    expect(faults).toEqual([]);
    const session = (): Promise<string | null> => page.locator('.session-tools code').textContent();
    const first = await session();
    const holds = async (process: Process): Promise<boolean> => process.running && (await process.metric('mellm_sessions_active')) === 1;
    const holder = (await holds(ingest[0]!)) ? ingest[0]! : ingest[1]!;
    expect(await holds(holder)).toBe(true);
    expect(await api?.metric('mellm_whip_passed_on_total', 'method="post",outcome="answered"')).toBe(1);

    await holder.end('SIGKILL');
    await expect.poll(session, { timeout: 60_000 }).not.toBe(first);
    await expect.poll(() => shownCondition(page), { timeout: 60_000 }).toBeOneOf(SEEING);
    const other = ingest.find((process) => process !== holder)!;
    expect(await holds(other)).toBe(true);
    const { sessions } = (await (await fetch(`${api?.url ?? ''}/api/sessions`)).json()) as { sessions: { id: string; name: string }[] };
    expect(sessions.map(({ name }) => name)).toEqual(['Desk', 'Desk']);
    // To its own server only: the process that died, and the one that is asked next, are asked there.
    expect(faults.filter((fault) => fault.includes('request to'))).toEqual([]);

    await page.getByRole('button', { name: 'Stop' }).click();
    await expect.poll(() => other.metric('mellm_sessions_total', 'result="ended"'), { timeout: 10_000 }).toBe(1);
    await page.context().close();
    await Promise.all(processes.splice(0).map((process) => process.end('SIGKILL')));
  }, 240_000);

  it('says at which process recordings can be opened', async () => {
    const [api] = await launchAll(['store,api', 'ingest'], {});
    const { page } = await openPage(browser, api?.url ?? '');
    await page.locator('input[type=file]').setInputFiles('client/public/sample/sample.webm');
    await expect
      .poll(() => page.locator('.recordings [role=alert]').textContent())
      .toMatch(/lacks the role ingest\); open the page of one that has it/);
    expect(await page.getByRole('button', { name: 'Start camera' }).isEnabled()).toBe(true);
    await page.context().close();
    await Promise.all(processes.splice(0).map((process) => process.end('SIGKILL')));
  }, 120_000);

  it('does so with a token, behind a balancer over two servers', async () => {
    const env = { ...RIGHTS, ...METRICS, MELLM_SERVER_TRUSTED_PROXIES: 'loopback' };
    const [one, two, ingest] = await launchAll(['store,api', 'api', 'ingest'], env);
    const { url, server } = await balancer(() => [one?.url ?? '', two?.url ?? '']);
    try {
      const { page, faults } = await openPage(browser, url);
      await page.getByText('Session name and access token').click();
      await page.getByLabel('Access token').fill(TOKEN);
      await page.getByLabel('Session name').fill('Desk');
      await page.getByRole('button', { name: 'Start camera' }).click();
      await expect.poll(() => shownCondition(page), { timeout: 60_000 }).toBeOneOf(SEEING);
      expect(faults).toEqual([]);
      await page.getByRole('button', { name: 'Stop' }).click();
      await expect.poll(() => ingest?.metric('mellm_sessions_total', 'result="ended"'), { timeout: 10_000 }).toBe(1);
      const log = processes.flatMap((process) => process.log).join('\n');
      expect(log).not.toContain(TOKEN);
      expect(log).not.toMatch(/\/whip\/[\w.-]{20,}/);
      await page.context().close();
    } finally {
      server.close();
      server.closeAllConnections();
    }
  }, 180_000);
});
