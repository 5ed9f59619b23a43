import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launch, noBrowser, openPage, SEEING, shownCards, shownCondition } from '../support/browser.js';
import { transcode } from '../support/browser-media.js';
import { RealServer } from '../support/real-server.js';

const SAMPLE = 'client/public/sample/sample.webm';
interface Truth {
  duration: number;
  expressions: { onset: number; apex: number; offset: number }[];
}

describe.skipIf(noBrowser !== undefined)('the live page in a real browser', () => {
  let server: RealServer;
  let browser: Browser;
  let folder: string;
  let truth: Truth;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mellm-browser-'));
    truth = JSON.parse(await readFile('client/public/sample/sample.json', 'utf8')) as Truth;
    transcode(SAMPLE, join(folder, 'camera.mjpeg'), { codec: 'mjpeg', format: 'mjpeg' });
    server = await RealServer.start();
    browser = await launch(join(folder, 'camera.mjpeg'));
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  beforeEach(() => server.accepting(), 60_000);

  it('shows alerts a minute after "Try the sample", and a watcher sees the same', async () => {
    const { page, faults } = await openPage(browser, server.url);
    await page.getByRole('button', { name: 'Try the sample' }).click();
    await expect.poll(() => shownCondition(page), { timeout: 30_000 }).toBeOneOf(SEEING);
    expect(await page.evaluate<number>('document.querySelector("video").videoWidth')).toBe(640);
    expect(await page.locator('[data-stat=fps_in]').textContent()).toMatch(/^\d/);

    await expect
      .poll(async () => (await shownCards(page)).some((card) => card.status !== 'open' && card.status !== 'withdrawn'), {
        timeout: 60_000,
        interval: 500,
      })
      .toBe(true);
    const card = (await shownCards(page)).find((one) => one.status !== 'open' && one.status !== 'withdrawn');
    expect(card?.apex).toBeGreaterThan(card?.onset ?? Infinity);
    expect((card?.apex ?? 0) - (card?.onset ?? 0)).toBeLessThan(1.5);
    // Media time starts with the session, up to a second before the clip; the clip repeats.
    const inClip = (card?.apex ?? 0) % truth.duration;
    expect(truth.expressions.some(({ onset, offset }) => inClip > onset - 1 && inClip < offset + 2)).toBe(true);

    await expect.poll(() => page.locator('.film canvas').count(), { timeout: 20_000 }).toBeGreaterThanOrEqual(2);
    await page.getByRole('button', { name: 'Blink' }).first().click();
    expect(await page.locator('.comparison').first().isVisible()).toBe(true);

    const session = await page.locator('.session-tools code').textContent();
    const watch = await openPage(browser, `${server.url}/watch?session=${session ?? ''}`);
    await expect.poll(() => shownCondition(watch.page), { timeout: 20_000 }).toBeOneOf(SEEING);
    await expect
      .poll(async () => (await shownCards(watch.page)).map(({ apex }) => apex), { timeout: 10_000 })
      .toEqual(expect.arrayContaining([card?.apex]));
    expect(await watch.page.locator('video').count()).toBe(0);

    expect(await server.metric('mellm_sessions_active')).toBe(1);
    expect(await server.metric('mellm_frames_decoded_total')).toBeGreaterThan(50);
    expect(await server.metric('mellm_annotations_total')).toBeGreaterThan(0);

    const list = await openPage(browser, `${server.url}/watch`);
    await expect.poll(() => list.page.getByRole('link', { name: 'Sample' }).count(), { timeout: 10_000 }).toBe(1);
    expect(list.faults).toEqual([]);
    await list.page.context().close();

    await page.getByRole('button', { name: 'Stop' }).click();
    await expect.poll(() => shownCondition(page)).toBe('ended');
    await expect.poll(() => shownCondition(watch.page), { timeout: 10_000 }).toBe('ended');
    await expect.poll(() => server.metric('mellm_sessions_active'), { timeout: 10_000 }).toBe(0);
    expect(faults).toEqual([]);
    await page.context().close();
    await watch.page.context().close();
  }, 180_000);

  it('streams a camera, and ends the session when the page is left', async () => {
    const { page, faults } = await openPage(browser, server.url);
    const before = await server.metric('mellm_frames_received_total');
    await page.getByRole('button', { name: 'Start camera' }).click();
    await expect.poll(() => shownCondition(page), { timeout: 30_000 }).toBeOneOf(SEEING);
    await expect.poll(() => server.metric('mellm_frames_received_total'), { timeout: 20_000 }).toBeGreaterThan(before + 20);
    expect(await server.metric('mellm_sessions_active')).toBe(1);
    expect(faults).toEqual([]);
    await page.goto('about:blank');
    await expect.poll(() => server.metric('mellm_sessions_active'), { timeout: 15_000 }).toBe(0);
    await page.context().close();
  });

  it('can be used by the keyboard alone', async () => {
    const { page } = await openPage(browser, server.url);
    const focused = (): Promise<string> => page.evaluate<string>('document.activeElement?.textContent ?? ""');
    for (let step = 0; step < 20 && !(await focused()).startsWith('Try the sample'); step += 1) await page.keyboard.press('Tab');
    expect(await focused()).toBe('Try the sample');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.getByRole('button', { name: 'Stop' }).count(), { timeout: 10_000 }).toBe(1);
    await page.context().close();
  });

  it('fits a phone', async () => {
    const { page } = await openPage(browser, server.url, { viewport: { width: 360, height: 780 } });
    expect(await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    await page.context().close();
  });

  it("says why a session can't be watched", async () => {
    const { page } = await openPage(browser, `${server.url}/watch?session=nobody`);
    await expect.poll(() => shownCondition(page), { timeout: 10_000 }).toBe('refused');
    expect(await page.locator('.condition').textContent()).toContain('does not exist');
    await page.context().close();
  });
});
