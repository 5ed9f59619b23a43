import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, noBrowser, openPage } from '../support/browser.js';
import { MockPage } from './mock-page.js';

const TEXT = 'You are filmed.\nA program looks for facial movements.';

describe.skipIf(noBrowser !== undefined)('the notice of consent.notice', () => {
  let browser: Browser;
  let mock: MockPage;
  beforeAll(async () => {
    browser = await launch();
    mock = await MockPage.start(0);
  });
  afterAll(async () => {
    await browser.close();
    mock.stop();
  });

  it('stands before the camera, which stays closed until it is acknowledged', async () => {
    const { page } = await openPage(browser, 'about:blank');
    await page.addInitScript(`window.opened = 0;
      navigator.mediaDevices.getUserMedia = () => { window.opened++; return Promise.reject(new DOMException('', 'NotFoundError')); };`);
    await page.route('**/api/access', (route) =>
      route.fulfill({ json: { token: 'not_needed', grants: ['publish', 'watch'], session: null, notice: TEXT } }),
    );
    await page.goto(mock.url);
    const opened = (): Promise<number> => page.evaluate<number>('window.opened');
    const dialog = page.getByRole('dialog', { name: 'Before the camera starts' });
    for (const decline of [() => page.keyboard.press('Escape'), () => dialog.getByRole('button', { name: 'Cancel' }).click()]) {
      await page.getByRole('button', { name: 'Start camera', exact: true }).click();
      await expect.poll(() => dialog.isVisible()).toBe(true);
      expect(await dialog.innerText()).toContain(TEXT);
      await decline();
      await expect.poll(() => dialog.isVisible()).toBe(false);
    }
    expect(await opened()).toBe(0);
    await page.getByRole('button', { name: 'Start camera', exact: true }).click();
    await dialog.getByRole('button', { name: /^I have read this/ }).click();
    await expect.poll(opened).toBe(1);
    await page.context().close();
  });
});
