import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, noBrowser, openPage, shownCards, shownCondition } from '../support/browser.js';
import { countPictures } from '../support/browser-media.js';
import { RealServer } from '../support/real-server.js';

/** The picture in the README is made here on request, so that it shows the page as it is. */
const SCREENSHOT = process.env['MELLM_WRITE_SCREENSHOT'] === '1' ? 'docs/screenshot.png' : 'tests/output/screenshot.png';

describe.skipIf(noBrowser !== undefined)('an alert on the live page', () => {
  let server: RealServer;
  let browser: Browser;
  let folder: string;
  let page: Page;
  let faults: string[];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mellm-moment-'));
    server = await RealServer.start();
    browser = await launch();
    ({ page, faults } = await openPage(browser, server.url, { acceptDownloads: true, viewport: { width: 1360, height: 900 } }));
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('is shown beside the running video', async () => {
    await page.getByRole('button', { name: 'Try the sample' }).click();
    await expect
      .poll(
        async () =>
          (await shownCards(page)).filter((card) => card.kind === 'micro' && card.status !== 'withdrawn' && card.offset !== undefined)
            .length,
        { timeout: 90_000, interval: 500 },
      )
      .toBeGreaterThan(1);
    // Pictures and text come after the boundaries.
    await expect
      .poll(async () => (await shownCards(page)).some((card) => card.status === 'final' || card.status === 'incomplete'), {
        timeout: 30_000,
      })
      .toBe(true);
    await expect.poll(() => page.locator('.film canvas').count(), { timeout: 20_000 }).toBeGreaterThanOrEqual(2);
    // A picture for readers shows a machine that keeps up; elsewhere any will do.
    if (SCREENSHOT.startsWith('docs/')) await expect.poll(() => shownCondition(page), { timeout: 60_000 }).toBe('live');
    await mkdir('tests/output', { recursive: true });
    await page.screenshot({ path: SCREENSHOT });
    expect(await page.locator('.stage canvas').isVisible()).toBe(true);
  }, 180_000);

  it.each([
    ['MP4', 'mp4'],
    ['WebM', 'webm'],
  ] as const)("can be exported as %s from the browser's own recording", async (button, ending) => {
    // A new alert would take the place of the one that is exported.
    const pin = page.getByRole('button', { name: 'Pin', exact: true }).first();
    if ((await pin.getAttribute('aria-pressed')) === 'false') await pin.click();
    const [download] = await Promise.all([
      page.waitForEvent('download', { timeout: 90_000 }),
      page.getByRole('button', { name: button, exact: true }).first().click(),
    ]);
    expect(download.suggestedFilename()).toMatch(new RegExp(`\\.${ending}$`));
    const file = join(folder, `moment.${ending}`);
    await download.saveAs(file);
    const { pictures, width } = countPictures(file);
    expect(width).toBe(640);
    // A busy machine records few pictures a second.
    expect(pictures).toBeGreaterThan(1);
    // Onset to offset, and 0.75 s on either side, at 30 a second or less.
    if (ending === 'mp4') expect(pictures).toBeLessThan(120);
    // FFmpeg's worker and WebAssembly run under the content security policy.
    expect(faults.filter((fault) => /Content Security Policy/i.test(fault))).toEqual([]);
  });

  it('downloads what was found, in every format', async () => {
    for (const [name, pattern] of [
      ['JSON', /^\[/],
      ['JSON Lines', /^\{"id"/],
      ['CSV', /^id,face,kind/],
      ['ELAN', /ANNOTATION_DOCUMENT/],
    ] as const) {
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name, exact: true }).click()]);
      const file = join(folder, download.suggestedFilename());
      await download.saveAs(file);
      expect(await readFile(file, 'utf8')).toMatch(pattern);
    }
  });

  it('shows its movement magnified', async () => {
    await page.getByRole('button', { name: 'Magnify' }).first().click();
    const picture = page.locator('.comparison').first();
    expect(await picture.getByRole('img').getAttribute('aria-label')).toContain('motion magnified 4 times');
    await page.getByLabel('Magnification').first().press('ArrowRight');
    await expect.poll(() => picture.getByRole('img').getAttribute('aria-label')).toContain('motion magnified 5 times');
    await expect.poll(() => picture.locator('figcaption').textContent()).toBe('apex × 5');
    await expect.poll(() => picture.locator('figcaption').textContent()).toBe('onset');
  });

  it('can be had more often, up to what the model knows', async () => {
    const slider = page.getByRole('slider', { name: 'Fewer alerts' });
    const said = page.locator('.alert-rate output');
    expect(await said.textContent()).toBe('about one false alarm in 5 minutes expected');
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.request().method() === 'PATCH' && response.url().includes('/api/sessions/')),
      slider.press('End'),
    ]);
    const held = ((await answer.json()) as { false_alarms_per_minute: number }).false_alarms_per_minute;
    expect(held).toBeGreaterThan(2);
    await expect.poll(() => said.textContent()).toBe(`about ${String(Math.round(held))} false alarms a minute expected`);
    await slider.press('Home');
    await expect.poll(() => said.textContent()).toBe('about one false alarm in 20 minutes expected');
  });

  it('erases the session on request', async () => {
    const session = (await page.locator('.session-tools code').textContent()) ?? '';
    page.once('dialog', (dialog) => {
      void dialog.accept();
    });
    await page.getByRole('button', { name: 'Erase session' }).click();
    await expect.poll(async () => (await fetch(`${server.url}/api/sessions/${session}`)).status, { timeout: 15_000 }).toBe(404);
  });
});
