import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, noBrowser, openPage, shownCards, shownCondition } from '../support/browser.js';
import { transcode } from '../support/browser-media.js';
import { RealServer } from '../support/real-server.js';

/** Real clips lie outside of the repository: `$MELLM_DATA`, else beside the checkout. */
const CLIPS = join(process.env['MELLM_DATA'] ?? fileURLToPath(new URL('../../../shared/data', import.meta.url)), 'clips');
const SAMPLE = 'client/public/sample/sample.webm';

/** Phases of the recordings that the page lists. */
const phases = (page: Page): Promise<string[]> =>
  page.evaluate<string[]>('[...document.querySelectorAll(".recordings li")].map((one) => one.dataset.phase)');
const open = (page: Page, ...files: string[]): Promise<void> => page.locator('input[type=file]').setInputFiles(files);
const video = (page: Page): Promise<{ local: boolean; controls: boolean; time: number; width: number }> =>
  page.evaluate(
    '(() => { const { currentSrc, controls, currentTime, videoWidth } = document.querySelector(".stage video"); return { local: currentSrc.startsWith("blob:"), controls, time: currentTime, width: videoWidth }; })()',
  );

describe.skipIf(noBrowser !== undefined)('recordings on the live page', () => {
  let server: RealServer;
  let browser: Browser;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mellm-recordings-page-'));
    server = await RealServer.start();
    browser = await launch();
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('are uploaded, over a connection that breaks too, and played beside what is found, without FFmpeg', async () => {
    const { page } = await openPage(browser, server.url);
    const loaded: string[] = [];
    page.on('request', (request) => {
      if (request.url().includes('ffmpeg')) loaded.push(request.url());
    });
    let broken = 0;
    await page.route('**/api/recordings/*', (route) =>
      route.request().method() === 'PATCH' && broken++ < 1 ? route.abort('connectionreset') : route.continue(),
    );
    await open(page, SAMPLE);
    await expect.poll(() => phases(page), { timeout: 120_000 }).toEqual(['done']);
    expect(broken).toBeGreaterThan(1);
    expect(loaded).toEqual([]);
    expect(await video(page)).toMatchObject({ local: true, controls: true });
    await expect.poll(() => shownCondition(page)).toBe('ended');
    await expect
      .poll(async () => (await shownCards(page)).filter(({ status }) => status === 'final').length, { timeout: 30_000 })
      .toBeGreaterThan(0);
    const [newest] = await shownCards(page);
    await page.getByRole('button', { name: 'Show in the recording' }).first().click();
    await expect.poll(async () => Math.abs((await video(page)).time - (newest?.onset ?? 0))).toBeLessThan(3);
    await page.context().close();
  }, 180_000);

  it("that the browser can't play are converted for it alone", async () => {
    const file = join(folder, 'rawvideo.avi');
    transcode(SAMPLE, file, { codec: 'mjpeg', format: 'avi', frames: 75 });
    const { page, faults } = await openPage(browser, server.url);
    await open(page, file);
    await expect.poll(() => phases(page), { timeout: 120_000 }).toEqual(['done']);
    await expect.poll(async () => (await video(page)).width, { timeout: 60_000 }).toBeGreaterThan(0);
    expect(faults).toEqual([]);
    await page.context().close();
  }, 200_000);

  it('make a queue, of which one can be cancelled and one that is no video fails', async () => {
    const [broken, second] = [join(folder, 'broken.avi'), join(folder, 'second.webm')];
    await writeFile(broken, Buffer.alloc(200_000, 'no video'));
    await copyFile(SAMPLE, second);
    const { page } = await openPage(browser, server.url);
    await open(page, SAMPLE, broken, second);
    await expect.poll(() => phases(page)).toHaveLength(3);
    await page.getByRole('button', { name: 'Cancel second.webm' }).click();
    await expect.poll(() => phases(page), { timeout: 120_000 }).toEqual(['done', 'failed']);
    expect(await page.locator('.recordings .problem').textContent()).toContain('broken.avi is not a video');
    await expect.poll(() => server.metric('mellm_recordings')).toBe(0);
    await page.context().close();
  }, 180_000);

  it('say why where the server takes none, and the camera goes on working', async () => {
    const closed = await RealServer.start(0, [], { MELLM_RECORDINGS_ENABLED: 'false' });
    const { page } = await openPage(browser, closed.url);
    await open(page, SAMPLE);
    await expect.poll(() => phases(page)).toEqual(['failed']);
    expect(await page.locator('.recordings [role=alert]').textContent()).toContain('recordings.enabled is false');
    expect(await page.getByRole('button', { name: 'Start camera' }).isEnabled()).toBe(true);
    await page.context().close();
    await closed.stop();
  });

  it.skipIf(!existsSync(CLIPS))(
    "are converted from a real clip that Chromium can't play (HEVC)",
    async () => {
      const { page, faults } = await openPage(browser, server.url);
      await open(page, join(CLIPS, 'pyfeat_face_then_noface.mov'));
      await expect.poll(() => phases(page), { timeout: 150_000 }).toEqual(['done']);
      await expect.poll(async () => (await video(page)).width, { timeout: 110_000 }).toBeGreaterThan(0);
      expect(faults).toEqual([]);
      await page.context().close();
    },
    280_000,
  );
});
