import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, noBrowser } from '../support/browser.js';
import { transcode } from '../support/browser-media.js';
import { RealServer } from '../support/real-server.js';

describe.skipIf(noBrowser !== undefined)('the example page on another origin', () => {
  let folder: string;
  let pages: Server;
  let origin: string;
  let server: RealServer;
  let browser: Browser;
  beforeAll(async () => {
    const example = await readFile('clients/javascript/example.html');
    folder = await mkdtemp(join(tmpdir(), 'mellm-origin-'));
    transcode('client/public/sample/sample.webm', join(folder, 'camera.mjpeg'), { codec: 'mjpeg', format: 'mjpeg' });
    pages = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(example);
    });
    await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${String((pages.address() as AddressInfo).port)}`;
    server = await RealServer.start(0, [], { MELLM_SERVER_ALLOWED_ORIGINS: origin });
    browser = await launch(join(folder, 'camera.mjpeg'));
    await server.accepting();
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
    pages.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('publishes the camera and shows what is found', async () => {
    const page = await browser.newPage();
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(String(error)));
    await page.goto(`${origin}/?server=${encodeURIComponent(server.url)}`);
    await page.getByRole('button').click();
    await expect.poll(() => page.locator('li').count(), { timeout: 90_000, interval: 500 }).toBeGreaterThan(0);
    expect(await page.locator('li').first().textContent()).toMatch(/^(micro|macro) at [\d.]+ s: /);
    expect(faults).toEqual([]);
    await page.close();
  });

  it('is refused where the origin is not allowed', async () => {
    const page = await browser.newPage();
    const other = origin.replace('127.0.0.1', 'localhost');
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(String(error)));
    await page.goto(`${other}/?server=${encodeURIComponent(server.url)}`);
    await expect.poll(() => faults.length).toBeGreaterThan(0);
    expect(faults[0]).toContain('mellm-live.js');
    await page.close();
  });
});
