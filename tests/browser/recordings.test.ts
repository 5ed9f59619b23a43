import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, noBrowser, openPage, SEEING, shownCondition } from './browser.js';
import { transcode } from './media.js';
import { RealServer } from './real-server.js';

/** Real clips lie outside of the repository: `$MELLM_DATA`, else beside the checkout. */
const CLIPS = join(process.env['MELLM_DATA'] ?? fileURLToPath(new URL('../../../shared/data', import.meta.url)), 'clips');
const SAMPLE = 'client/public/sample/sample.webm';

describe.skipIf(noBrowser !== undefined)('recordings on the live page', () => {
  let server: RealServer;
  let browser: Browser;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mellm-recordings-'));
    server = await RealServer.start();
    browser = await launch();
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(['mjpeg', 'rawvideo'] as const)('converts an AVI (%s) in the browser, streams it and ends with it', async (codec) => {
    const file = join(folder, `${codec}.avi`);
    transcode(SAMPLE, file, { codec, format: 'avi', frames: 75 });
    const { page, faults } = await openPage(browser, server.url);
    await page.locator('input[type=file]').setInputFiles(file);
    await expect.poll(() => page.locator('progress').count(), { timeout: 15_000, interval: 20 }).toBe(1);
    await expect.poll(() => shownCondition(page), { timeout: 90_000, interval: 50 }).toBeOneOf(SEEING);
    await expect.poll(() => shownCondition(page), { timeout: 30_000 }).toBe('ended');
    expect(await page.locator('.condition').textContent()).toContain('played to its end');
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('plays what the browser can play without loading FFmpeg', async () => {
    const { page } = await openPage(browser, server.url);
    const loaded: string[] = [];
    page.on('request', (request) => { if (request.url().includes('ffmpeg')) loaded.push(request.url()); });
    await page.locator('input[type=file]').setInputFiles(SAMPLE);
    await expect.poll(() => shownCondition(page), { timeout: 30_000 }).toBeOneOf(SEEING);
    expect(loaded).toEqual([]);
    await page.context().close();
  });

  it.skipIf(!existsSync(CLIPS))('tells when the face of a real clip leaves and comes back', async () => {
    const { page, faults } = await openPage(browser, server.url);
    await page.locator('input[type=file]').setInputFiles(join(CLIPS, 'fex_face_leaves_returns.mov'));
    const seen: string[] = [];
    const deadline = Date.now() + 60_000;
    while (seen.at(-1) !== 'ended' && Date.now() < deadline) {
      const now = await shownCondition(page) ?? '';
      const word = now === 'no_face' || now === 'ended' ? now : now === 'preparing' || now === 'connecting' || now === 'starting' ? 'begun' : 'seen';
      if (word !== seen.at(-1)) seen.push(word);
      await page.waitForTimeout(100);
    }
    expect(seen.join(' ')).toMatch(/^begun (no_face )?seen no_face seen.* ended$/);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it.skipIf(!existsSync(CLIPS))('converts a real clip that Chromium can\'t play (HEVC)', async () => {
    const { page, faults } = await openPage(browser, server.url);
    await page.locator('input[type=file]').setInputFiles(join(CLIPS, 'pyfeat_face_then_noface.mov'));
    await expect.poll(() => shownCondition(page), { timeout: 110_000, interval: 50 }).toBeOneOf(SEEING);
    expect(faults).toEqual([]);
    await page.context().close();
  }, 180_000);

  it('says so where a file is no video, and can be cancelled', async () => {
    const broken = join(folder, 'broken.avi');
    await writeFile(broken, Buffer.alloc(200_000, 'no video'));
    const { page } = await openPage(browser, server.url);
    await page.locator('input[type=file]').setInputFiles(broken);
    await expect.poll(() => page.locator('.source .problem').allTextContents(), { timeout: 60_000 }).toEqual(['FFmpeg could not read this file.']);
    const long = join(folder, 'long.avi');
    transcode(SAMPLE, long, { codec: 'mjpeg', format: 'avi' });
    await page.locator('input[type=file]').setInputFiles(long);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await expect.poll(() => page.getByRole('button', { name: 'Try the sample' }).count()).toBe(1);
    expect(await page.locator('.source .problem').count()).toBe(0);
    await page.context().close();
  });
});
