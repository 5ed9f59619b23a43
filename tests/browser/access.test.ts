import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launch, noBrowser, openPage, SEEING, shownCondition } from '../support/browser.js';
import { RealServer } from '../support/real-server.js';

const TOKEN = 'page+page/page.page~page=';
const OTHER = 'other-other-other-other';

describe.skipIf(noBrowser !== undefined)('the page of a server that asks for tokens', () => {
  let server: RealServer;
  let browser: Browser;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mellm-access-'));
    await writeFile(join(folder, 'tokens'), `${TOKEN} publish+watch Desk\n${OTHER} watch Elsewhere\n`);
    server = await RealServer.start(0, ['--tokens-file', join(folder, 'tokens')]);
    browser = await launch('pattern');
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  beforeEach(() => server.accepting(), 60_000);

  it('publishes and watches with a token, under the policy, and says what is missing without one', async () => {
    const { page, faults } = await openPage(browser, server.url);
    await page.getByText('Session name and access token').click();
    await page.getByLabel('Access token').fill(TOKEN);
    const name = page.getByLabel('Session name');
    await name.focus();
    // Filled in by the token's answer; a name typed in that very moment would be added to it.
    await expect.poll(() => name.inputValue()).toBe('Desk');
    await page.getByRole('button', { name: 'Start camera' }).click();
    // The camera's test picture holds no face; it is the connection that counts.
    await expect.poll(() => page.locator('[data-stat=fps_in]').textContent(), { timeout: 40_000 }).toMatch(/^\d/);
    const session = (await page.locator('.session-tools code').textContent()) ?? '';
    expect(session).not.toBe('');

    const watch = await openPage(browser, `${server.url}/watch?session=${session}`);
    await expect.poll(() => shownCondition(watch.page), { timeout: 20_000 }).toBe('refused');
    await watch.page.getByLabel('Access token').fill(TOKEN);
    await watch.page.getByRole('button', { name: 'Try again' }).click();
    await expect.poll(() => shownCondition(watch.page), { timeout: 20_000 }).toBeOneOf([...SEEING, 'no_face']);
    // Refusals are shown by the browser's own console; anything else would be the policy's or the page's fault.
    expect(watch.faults.filter((fault) => !/401|WebSocket connection/.test(fault))).toEqual([]);
    expect(faults).toEqual([]);

    const list = await openPage(browser, `${server.url}/watch`);
    await list.page.getByLabel('Access token').fill(OTHER);
    await list.page.getByRole('button', { name: 'Try again' }).click();
    await expect.poll(() => list.page.getByText('No sessions yet').count(), { timeout: 10_000 }).toBe(1);
    for (const { page: open } of [{ page }, watch, list]) await open.context().close();
    expect(server.log).not.toContain(TOKEN);
  }, 120_000);
});
