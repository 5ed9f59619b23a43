import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, noBrowser, openPage, SEEING, shownCondition } from '../support/browser.js';
import { RealServer } from '../support/real-server.js';

/** A reverse proxy that serves `target` below `/me/` and nothing else, as nginx does with `location /me/ { proxy_pass TARGET/; }`. */
async function proxyBelow(target: URL): Promise<{ url: string; server: Server; asked: readonly string[] }> {
  const asked: string[] = [];
  const server = createServer((incoming, outgoing) => {
    asked.push(`${incoming.method ?? ''} ${incoming.url ?? ''}`);
    if (!incoming.url?.startsWith('/me/')) {
      outgoing.writeHead(404).end();
      return;
    }
    const sent = request(
      new URL(incoming.url.slice(3), target),
      { method: incoming.method, headers: headersOf(incoming, target) },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    sent.on('error', () => {
      outgoing.destroy();
    });
    incoming.pipe(sent);
  });
  server.on('upgrade', (incoming: IncomingMessage, socket) => {
    const there = connect(Number(target.port), target.hostname, () => {
      const lines = Object.entries(headersOf(incoming, target)).map(([name, value]) => `${name}: ${String(value)}`);
      there.write(`GET ${(incoming.url ?? '').slice(3)} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
      there.pipe(socket).pipe(there);
    });
    there.on('error', () => socket.destroy());
    socket.on('error', () => there.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/me/`, server, asked };
}

/** As from the server's own page: what a proxy changes beside the path is tested elsewhere. */
function headersOf({ headers }: IncomingMessage, target: URL): NodeJS.Dict<string | string[]> {
  return { ...headers, host: target.host, ...(headers.origin === undefined ? {} : { origin: target.origin }) };
}

describe.skipIf(noBrowser !== undefined)('the page below a path of a proxy', () => {
  let browser: Browser;
  let server: RealServer;
  let proxy: Awaited<ReturnType<typeof proxyBelow>>;
  beforeAll(async () => {
    server = await RealServer.start();
    proxy = await proxyBelow(new URL(server.url));
    browser = await launch('pattern');
  });
  afterAll(async () => {
    await browser.close();
    proxy.server.closeAllConnections();
    proxy.server.close();
    await server.stop();
  });

  it('loads its files, publishes, watches and ends a session', async () => {
    const { page, faults } = await openPage(browser, proxy.url);
    const { asked } = proxy;
    await page.locator('.camera .primary').click();
    await expect.poll(() => shownCondition(page), { timeout: 60_000 }).toMatch(new RegExp(`${SEEING.join('|')}|no_face`));
    await page.locator('nav a', { hasText: 'Watch' }).click();
    await page.waitForURL('**/me/watch');
    await expect.poll(() => asked.some((line) => line.startsWith('DELETE /me/whip/')), { timeout: 10_000 }).toBe(true);
    expect(asked.every((line) => line.includes(' /me/'))).toBe(true);
    expect(faults.filter((fault) => /404|request to/.test(fault))).toEqual([]);
  });
});
