import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launch, noBrowser, openPage, SEEING, shownCondition } from '../support/browser.js';
import { covered, inFirstView, SIZES, unclickable } from './controls.js';
import { RealServer } from '../support/real-server.js';
import { addSecondFace } from './second-face.js';

/** What is wrong with a page at each of the sizes. @param first what must be in the first view */
async function faultsAtAllSizes(page: Page, first: string): Promise<string[]> {
  const faults: string[] = [];
  for (const [width, height] of SIZES) {
    await page.setViewportSize({ width, height });
    const size = `${String(width)}x${String(height)}`;
    if (!(await inFirstView(page, first))) faults.push(`${size}: ${first} is not in the first view`);
    faults.push(...[...(await covered(page)), ...(await unclickable(page))].map((fault) => `${size}: ${fault}`));
  }
  return faults;
}

describe.skipIf(noBrowser !== undefined)('every control of the page', () => {
  let browser: Browser;
  let server: RealServer;
  beforeAll(async () => {
    server = await RealServer.start();
    browser = await launch('pattern');
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
  });

  beforeEach(() => server.accepting(), 60_000);

  it('can be clicked before, during and after a session, with one and two faces', async () => {
    const { page } = await openPage(browser, 'about:blank');
    const second = await addSecondFace(page);
    await page.goto(server.url);
    await page.getByText('Session name and access token').click();
    expect(await faultsAtAllSizes(page, '.camera .primary')).toEqual([]);

    await page.getByRole('button', { name: 'Try the sample' }).click();
    await expect.poll(() => shownCondition(page), { timeout: 30_000 }).toBeOneOf(SEEING);
    await expect.poll(() => page.locator('.timeline canvas').getAttribute('aria-label'), { timeout: 30_000 }).toContain('1 face ');
    expect(await faultsAtAllSizes(page, '.running .primary')).toEqual([]);

    second.on = true;
    await expect.poll(() => page.locator('.timeline canvas').getAttribute('aria-label'), { timeout: 30_000 }).toContain('2 faces');
    expect(await faultsAtAllSizes(page, '.running .primary')).toEqual([]);

    await page.getByRole('button', { name: 'Stop' }).click();
    await expect.poll(() => shownCondition(page)).toBe('ended');
    expect(await faultsAtAllSizes(page, '.camera .primary')).toEqual([]);
    await page.context().close();
  }, 300_000);

  it('can be clicked where a session and the list ask for a token', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mellm-controls-'));
    await writeFile(join(folder, 'tokens'), 'page-page-page-page-page publish+watch\n');
    const locked = await RealServer.start(0, ['--tokens-file', join(folder, 'tokens')]);
    for (const path of ['/watch?session=somebody', '/watch']) {
      const { page } = await openPage(browser, locked.url + path);
      await expect.poll(() => page.locator('.token input').count(), { timeout: 20_000 }).toBe(1);
      expect(await faultsAtAllSizes(page, '.token input')).toEqual([]);
      await page.context().close();
    }
    await locked.stop();
    await rm(folder, { recursive: true, force: true });
  }, 120_000);
});
