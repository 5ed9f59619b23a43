import { readFile } from 'node:fs/promises';
import type { Browser, Page, Request } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { UPLOAD_TYPE, type Answers, type RecordingView } from '../../src/events/mod.js';
import { launch, noBrowser, openPage } from '../support/browser.js';
import { RealServer } from '../support/real-server.js';

const SAMPLE = 'client/public/sample/sample.webm';
const PATIENT = { timeout: 60_000 };

/** Folder for screenshots, to be looked at. */
const PICTURES = process.env['MELLM_SCREENSHOTS'];

describe.skipIf(noBrowser !== undefined)('the review page', () => {
  let server: RealServer;
  let browser: Browser;
  let session: string;
  beforeAll(async () => {
    server = await RealServer.start();
    browser = await launch();
    session = await analysed(server.url);
  }, 240_000);
  afterAll(async () => {
    await browser.close();
    await server.stop();
  });

  const stored = async (coders = 'all'): Promise<Answers['reviews']> =>
    (await (await fetch(`${server.url}/api/sessions/${session}/reviews?coders=${coders}`)).json()) as Answers['reviews'];
  const open = async (): Promise<{ page: Page; faults: string[] }> => openPage(browser, `${server.url}/review?session=${session}`);
  const rows = (page: Page): Promise<(string | undefined)[]> =>
    page.evaluate<(string | undefined)[]>('[...document.querySelectorAll(".review-row")].map((row) => row.dataset.verdict)');
  const saved = (page: Page): Promise<void> =>
    expect.poll(() => page.locator('[data-unsaved]').getAttribute('data-unsaved'), PATIENT).toBe('0');
  const edge = (page: Page, name: string): Promise<string | null> => page.locator(`[data-edge=${name}]`).textContent();

  it('reviews by keys, drags a boundary, undoes, keeps all of it, and sends nothing of the video', async () => {
    const { page, faults } = await open();
    const sent: Request[] = [];
    page.on('request', (request) => sent.push(request));
    await expect.poll(async () => (await rows(page)).length, PATIENT).toBeGreaterThan(1);
    const count = (await rows(page)).length;
    expect(await rows(page)).toEqual(Array(count).fill('open'));
    await page.getByLabel('Coder', { exact: true }).fill('Anna');
    await page.getByLabel('Coder', { exact: true }).press('Escape');
    await page.locator('input[type=file]').setInputFiles(SAMPLE);
    await expect.poll(() => page.evaluate<number>('document.querySelector("video").videoWidth'), PATIENT).toBe(640);

    // The first accepted, the second rejected and taken back.
    await page.keyboard.press('a');
    await expect.poll(async () => (await rows(page))[0]).toBe('accepted');
    await page.keyboard.press('r');
    await expect.poll(async () => (await rows(page))[1]).toBe('rejected');
    await page.keyboard.press('u');
    await expect.poll(async () => (await rows(page))[1]).toBe('open');

    // Its offset, by the mouse: the last of three handles of the chosen window.
    await page.keyboard.press('k');
    await expect.poll(() => page.locator('.review-row[aria-selected=true]').count()).toBe(1);
    const before = await edge(page, 'offset');
    await dragOffset(page);
    await expect.poll(() => edge(page, 'offset')).not.toBe(before);
    const dragged = await edge(page, 'offset');
    await page.getByRole('button', { name: 'AU 17 Chin raiser' }).click();
    await page.keyboard.press('t');
    await page.keyboard.type('left first');
    await page.keyboard.press('Escape');
    await page.keyboard.press('.');
    await page.keyboard.press('n');
    await expect.poll(async () => (await rows(page)).length).toBe(count + 1);
    await saved(page);
    if (PICTURES) await pictures(page, PICTURES);

    await page.reload();
    await expect
      .poll(async () => (await rows(page)).toSorted(), PATIENT)
      .toEqual(['accepted', 'added', ...Array<string>(count - 1).fill('open')]);
    await page.locator('.review-row[data-verdict=accepted]').click();
    expect(await edge(page, 'offset')).toBe(dragged);
    expect(await page.locator('.review-note textarea').inputValue()).toBe('left first');
    const { reviews } = await stored();
    expect(reviews.find(({ verdict }) => verdict === 'accepted')).toMatchObject({
      coder: 'Anna',
      note: 'left first',
      aus: expect.arrayContaining([{ au: 'AU17', side: 'both' }]),
    });

    // What left the page: a few hundred bytes of reviews at a time, no picture.
    const bodies = sent.map((request) => ({
      method: request.method(),
      path: new URL(request.url()).pathname,
      bytes: request.postDataBuffer()?.length ?? 0,
    }));
    expect(bodies.filter(({ bytes, path }) => bytes > 0 && !path.startsWith(`/api/sessions/${session}/reviews/`))).toEqual([]);
    expect(bodies.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(20_000);
    expect(faults).toEqual([]);
    await page.context().close();
  }, 180_000);

  it('keeps coders blind to each other, and to the machine if they wish', async () => {
    const { page } = await open();
    await expect.poll(async () => (await rows(page)).length, PATIENT).toBeGreaterThan(1);
    await page.getByLabel('Coder', { exact: true }).fill('Ben');
    await page.getByLabel('Coder', { exact: true }).press('Escape');
    await page.keyboard.press('r');
    await saved(page);
    await expect.poll(async () => (await rows(page))[0]).toBe('rejected');
    expect(await page.getByText('Anna: accepted').count()).toBe(0);
    await page.getByLabel('Show other coders').check();
    await expect.poll(() => page.getByText('Anna: accepted').count(), PATIENT).toBe(1);
    await page.getByLabel('Verdict').selectOption('disagreement');
    await expect.poll(() => rows(page)).toEqual(['rejected']);
    await page.getByLabel('Verdict').selectOption('all');
    await page.getByLabel('Hide what the machine found').check();
    await expect.poll(() => rows(page)).toEqual([]);
    await page.context().close();
  }, 120_000);
});

/** Uploads the sample, and resolves with its session once it is analysed. */
async function analysed(url: string): Promise<string> {
  const file = await readFile(SAMPLE);
  const announced = await fetch(`${url}/api/recordings`, {
    method: 'POST',
    body: JSON.stringify({ name: 'sample.webm', size: file.length }),
  });
  const { id } = (await announced.json()) as RecordingView;
  const headers = { 'content-type': UPLOAD_TYPE, 'upload-offset': '0' };
  await fetch(`${url}/api/recordings/${id}`, { method: 'PATCH', body: file, headers });
  await vi.waitFor(
    async () => {
      expect(((await (await fetch(`${url}/api/recordings/${id}`)).json()) as RecordingView).state).toBe('done');
    },
    { timeout: 180_000, interval: 500 },
  );
  return id;
}

/** Drags the offset of the chosen window 30 px to the right, wherever it lies. */
async function dragOffset(page: Page): Promise<void> {
  const at = await page.evaluate<{ x: number; y: number } | null>(`(() => {
    const canvas = document.querySelector('.review-timeline canvas');
    canvas.scrollIntoView({ block: 'center', behavior: 'instant' });
    const box = canvas.getBoundingClientRect();
    let last;
    for (let x = 0; x < box.width; x++) {
      canvas.dispatchEvent(new PointerEvent('pointermove', { clientX: box.x + x, clientY: box.y + 40 }));
      if (canvas.style.cursor === 'ew-resize') last = x;
    }
    return last === undefined ? null : { x: box.x + last - 5, y: box.y + 40 };
  })()`);
  expect(at).not.toBeNull();
  const { x, y } = at!;
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 15, y);
  await page.mouse.move(x + 30, y);
  await page.mouse.up();
}

async function pictures(page: Page, folder: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: `${folder}/review-${colorScheme}.png`, fullPage: true });
  }
  await page.emulateMedia({ colorScheme: 'light' });
}
