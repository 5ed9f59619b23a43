import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, noBrowser } from '../support/browser.js';
import { transcode } from '../support/browser-media.js';
import { RealServer } from '../support/real-server.js';

const EXAMPLES: Readonly<Record<string, string>> = {
  '/': 'clients/javascript/example.html',
  '/elements': 'clients/javascript/elements.html',
};

/** The button works once the client has been imported, which the page's load event does not wait for. */
async function start(page: Page): Promise<void> {
  await page.waitForFunction(() => document.querySelector('button')?.onclick);
  await page.getByRole('button').click();
}

describe.skipIf(noBrowser !== undefined)('the example pages on another origin', () => {
  let folder: string;
  let pages: Server;
  let origin: string;
  let server: RealServer;
  let browser: Browser;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mellm-origin-'));
    transcode('client/public/sample/sample.webm', join(folder, 'camera.mjpeg'), { codec: 'mjpeg', format: 'mjpeg' });
    pages = createServer((request, response) => {
      const path = new URL(request.url ?? '/', 'http://example.org').pathname;
      const frame = `<iframe src="${server.url}/" width="600" height="400"></iframe>`;
      const file = EXAMPLES[path];
      if (path !== '/frame' && file === undefined) return void response.writeHead(404).end();
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(file === undefined ? frame : readFileSync(file));
    });
    await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${String((pages.address() as AddressInfo).port)}`;
    server = await RealServer.start(0, [], { MELLM_SERVER_ALLOWED_ORIGINS: origin, MELLM_SERVER_FRAME_ANCESTORS: origin });
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
    await start(page);
    await expect.poll(() => page.locator('li').count(), { timeout: 90_000, interval: 500 }).toBeGreaterThan(0);
    expect(await page.locator('li').first().textContent()).toMatch(/^(micro|macro) at [\d.]+ s: /);
    expect(faults).toEqual([]);
    await page.close();
  });

  it('shows timeline and alerts by web components, in the colours of the page', async () => {
    expect(readFileSync(EXAMPLES['/elements']!, 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(20);
    const page = await browser.newPage();
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(String(error)));
    await page.goto(`${origin}/elements?server=${encodeURIComponent(server.url)}`);
    await page.evaluate(() => {
      const seen = Object.assign(window, { alerts: [] as unknown[] });
      document.addEventListener('mellm-alert', (event) => seen.alerts.push((event as CustomEvent).detail));
    });
    await start(page);
    // Until the page knows its own session, the elements follow the newest live one, which may still be the one of the test before.
    await expect.poll(() => page.locator('mellm-alerts').getAttribute('session'), { timeout: 90_000 }).not.toBeNull();
    const alerts = page.locator('mellm-alerts li');
    await expect.poll(() => alerts.count(), { timeout: 90_000, interval: 500 }).toBeGreaterThan(0);
    await expect
      .poll(() => page.evaluate(() => (window as unknown as { alerts: unknown[] }).alerts.length), { timeout: 90_000 })
      .toBeGreaterThan(0);
    await expect.poll(() => page.locator('mellm-alerts [part=text]').count()).toBeGreaterThan(0);
    expect(await alerts.first().locator('[part=kind]').textContent()).toMatch(/^(micro|macro)-expression$/);
    expect(
      await page
        .locator('mellm-alerts .micro')
        .first()
        .evaluate((item) => getComputedStyle(item).borderInlineStartColor),
    ).toBe('rgb(179, 0, 94)');
    expect(
      await page
        .locator('mellm-alerts [part=text]')
        .first()
        .evaluate((text) => getComputedStyle(text).fontStyle),
    ).toBe('italic');
    await expect.poll(() => page.locator('mellm-timeline canvas').getAttribute('aria-label')).toContain('1 face over the last 20 seconds');
    const inked = await page.locator('mellm-timeline canvas').evaluate((canvas: HTMLCanvasElement) => {
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
      return data.some((value, i) => i % 4 === 3 && value > 0);
    });
    expect(inked).toBe(true);
    // Without a session, an element follows the newest live one; removed, it stops.
    const statuses = await page.evaluate(async (url) => {
      const element = document.createElement('mellm-alerts');
      element.setAttribute('server', url);
      const states: string[] = [];
      element.addEventListener('mellm-state', (event) => states.push((event as CustomEvent<{ state: string }>).detail.state));
      document.body.append(element);
      while (!states.includes('live')) await new Promise((resolve) => setTimeout(resolve, 50));
      element.remove();
      return states;
    }, server.url);
    // A session that is just ending is followed by the next.
    expect(statuses.slice(0, 2)).toEqual(['waiting', 'live']);
    expect(faults).toEqual([]);
    await page.close();
  }, 240_000);

  it('may frame the page where server.frame_ancestors names its origin, and no other may', async () => {
    const page = await browser.newPage();
    const titled = async (from: string): Promise<string> => {
      await page.goto(`${from}/frame`);
      return (
        (await page
          .frames()[1]
          ?.title()
          .catch(() => '')) ?? ''
      );
    };
    await expect.poll(() => titled(origin)).toContain('mellm');
    expect(await titled(origin.replace('127.0.0.1', 'localhost'))).not.toContain('mellm');
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
