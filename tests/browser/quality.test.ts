import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, noBrowser, openPage } from '../support/browser.js';
import { tooFaint } from './contrast.js';
import { MockPage } from './mock-page.js';

const focused = (page: Page): Promise<string> => page.evaluate<string>('document.activeElement?.textContent ?? ""');
const focusedCard = (page: Page): Promise<string | undefined> =>
  page.evaluate<string | undefined>('document.activeElement?.closest(".card")?.dataset.alert');

/** The largest sum of layout shifts within a window of five seconds at most, as the web's CLS is defined; what follows an input is left out. */
const SHIFT = `(() => {
  let [worst, sum, from, last] = [0, 0, -Infinity, -Infinity];
  for (const { value, startTime, hadRecentInput } of shifts) {
    if (hadRecentInput) continue;
    if (startTime - last > 1000 || startTime - from > 5000) [sum, from] = [0, startTime];
    sum += value;
    last = startTime;
    worst = Math.max(worst, sum);
  }
  return worst;
})()`;
const WATCH_SHIFTS = `window.shifts = [];
  new PerformanceObserver((list) => { for (const { value, startTime, hadRecentInput, sources } of list.getEntries()) shifts.push({ value, startTime, hadRecentInput, sources: sources.map(({ node }) => node?.className ?? node?.nodeName) }); }).observe({ type: 'layout-shift', buffered: true });`;

describe.skipIf(noBrowser !== undefined)('the page with a made-up session', () => {
  let browser: Browser;
  let mock: MockPage;
  beforeAll(async () => {
    browser = await launch();
    mock = await MockPage.start(20);
  });
  afterAll(async () => {
    await browser.close();
    mock.stop();
  });
  const open = async (): Promise<Page> => {
    const { page } = await openPage(browser, mock.watch);
    await expect.poll(() => page.locator('.card-withdrawn').count(), { timeout: 30_000 }).toBe(1);
    return page;
  };

  it.each(['light', 'dark'] as const)('has text that can be read in the %s scheme, withdrawn cards too (WCAG AA)', async (colorScheme) => {
    const page = await open();
    await page.emulateMedia({ colorScheme });
    expect(await tooFaint(page)).toEqual([]);
    await page.goto(mock.url);
    expect(await tooFaint(page)).toEqual([]);
    await page.context().close();
  });

  it('tells everything in forced colours', async () => {
    const page = await open();
    await expect.poll(() => page.locator('.switch [aria-pressed=true]').count(), { timeout: 30_000 }).toBeGreaterThan(0);
    await page.emulateMedia({ forcedColors: 'active' });
    const colour = (selector: string, property: string): Promise<string> =>
      page.evaluate<string>(`getComputedStyle(document.querySelector(${JSON.stringify(selector)}))[${JSON.stringify(property)}]`);
    for (const [figure, ground] of [
      ['.score .bar i', '.card-box'],
      ['.condition i', '.top'],
      ['button[aria-pressed=true]', '.card-box'],
    ] as const) {
      expect([figure, await colour(figure, 'backgroundColor')]).not.toEqual([figure, await colour(ground, 'backgroundColor')]);
    }
    // The timeline draws with the system's colours.
    const drawn = await page.evaluate<string>('getComputedStyle(document.documentElement).getPropertyValue("--micro").trim()');
    expect(drawn).toBe('CanvasText');
    await page.context().close();
  });

  it('lets the keyboard go through the timeline, and from a window to its card', async () => {
    const page = await open();
    const timeline = page.locator('.timeline canvas');
    await timeline.focus();
    await page.keyboard.press('End');
    await expect.poll(() => page.locator('.timeline [role=status]').textContent()).toMatch(/^micro, apex at 0:16\.200$/);
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => page.locator('.timeline [role=status]').textContent()).toMatch(/apex at 0:09\.180$/);
    await page.keyboard.press('Enter');
    await expect.poll(() => focusedCard(page)).toBe('demo:f1:2');
    await timeline.focus();
    await page.keyboard.press('Escape');
    expect(await page.getByRole('button', { name: 'Freeze' }).count()).toBe(1);
    await page.context().close();
  });

  it('tells what could not be judged, by face', async () => {
    const page = await open();
    await expect
      .poll(() => page.locator('.unjudged [data-face=f1]').textContent(), { timeout: 10_000 })
      .toMatch(/^Face 1 Not judged: right brow \d+ s \(head turned\), chin \d+ s \(covered or too fast\); in view \d+ s$/);
    await page.context().close();
  });

  it('erases a session that is over, and clears its cards', async () => {
    const page = await open();
    const erased: string[] = [];
    await page.route('**/api/sessions/*', async (route) => {
      if (route.request().method() !== 'DELETE') {
        await route.fallback();
        return;
      }
      erased.push(new URL(route.request().url()).pathname);
      await route.fulfill({ status: 204 });
    });
    page.on('dialog', (dialog) => {
      void dialog.accept();
    });
    await page.getByRole('button', { name: 'Erase session' }).click();
    await expect.poll(() => page.locator('.card').count()).toBe(0);
    expect(await page.getByText('Session erased from the server.').count()).toBe(1);
    await page.goto(`${mock.url}/watch`);
    await page.getByRole('button', { name: 'Erase session older' }).click();
    await expect.poll(() => page.locator('.sessions li').count()).toBe(1);
    expect(erased).toEqual(['/api/sessions/demo', '/api/sessions/older']);
    await page.context().close();
  });

  it('keeps the focus after Start and Stop, and takes a file that is dropped anywhere', async () => {
    const { page } = await openPage(browser, mock.url);
    await page.getByRole('button', { name: 'Try the sample' }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => focused(page)).toBe('Stop');
    await page.keyboard.press('Enter');
    await expect.poll(() => focused(page)).toBe('Start camera');

    const drop = `(selector) => {
      const data = new DataTransfer();
      data.items.add(new File(['no video'], 'interview.mp4', { type: 'video/mp4' }));
      for (const type of ['dragenter', 'dragover', 'drop']) document.querySelector(selector).dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: data }));
    }`;
    for (const place of ['.alerts', '.top', 'body']) {
      await page.evaluate(`(${drop})(${JSON.stringify(place)})`);
      await expect.poll(() => page.locator('.running-what').textContent()).toBe('interview.mp4');
      await page.getByRole('button', { name: /^(?:Cancel|Remove) interview\.mp4$/ }).click();
      await expect.poll(() => page.locator('.recordings li').count()).toBe(0);
    }
    await page.context().close();
  });

  it('expands one card, by the keyboard too, and keeps the one that is read when others come', async () => {
    const late = await MockPage.start(12);
    const { page } = await openPage(browser, late.watch);
    const expanded = (): Promise<string | null> => page.locator('.card-expanded').getAttribute('data-alert');
    await expect.poll(expanded, { timeout: 10_000 }).toBe('demo:f1:2');
    await page.locator('[data-alert="demo:f1:1"] button.card-head').press('Enter');
    await expect.poll(expanded).toBe('demo:f1:1');
    expect(await page.locator('.card-expanded').count()).toBe(1);
    await expect.poll(() => focusedCard(page)).toBe('demo:f1:1');
    // The next alert comes meanwhile, as a row.
    await expect.poll(() => page.locator('.card').count(), { timeout: 20_000 }).toBe(5);
    await expect
      .poll(() => page.locator('[data-alert="demo:f1:3"] button.card-head').textContent(), { timeout: 20_000 })
      .toContain('final');
    expect(await expanded()).toBe('demo:f1:1');
    await page.getByRole('button', { name: 'Pin', exact: true }).press('Enter');
    await expect.poll(expanded).toBe('demo:f1:3');
    expect(await focused(page)).toMatch(/^macro0:02\.700/);
    await page.context().close();
    late.stop();
  });

  it('fills in the name that a token is bound to', async () => {
    const { page } = await openPage(browser, 'about:blank');
    await page.route('**/api/access', (route) =>
      route.fulfill({
        json: {
          token: 'required',
          grants: ['publish', 'watch'],
          session: route.request().headers()['authorization'] === 'Bearer desk' ? 'Desk' : null,
          notice: null,
        },
      }),
    );
    await page.goto(mock.url);
    await page.getByText('Session name and access token').click();
    const name = page.getByLabel('Session name');
    await page.getByLabel('Access token').fill('desk');
    await name.focus();
    await expect.poll(() => name.inputValue()).toBe('Desk');
    await page.getByLabel('Access token').fill('any');
    await name.focus();
    await expect.poll(() => name.inputValue()).toBe('');
    await name.fill('Mine');
    await page.getByLabel('Access token').fill('desk');
    await name.focus();
    await page.waitForTimeout(300);
    expect(await name.inputValue()).toBe('Mine');
    await page.context().close();
  });
});

describe.skipIf(noBrowser !== undefined)('the page while alerts come', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(async () => {
    await browser.close();
  });

  it.each([
    [1400, 950],
    [1280, 800],
    [390, 844],
  ])('moves little of what is being read (%i × %i)', async (width, height) => {
    const mock = await MockPage.start(0);
    const { page } = await openPage(browser, 'about:blank', { viewport: { width, height } });
    await page.addInitScript(WATCH_SHIFTS);
    await page.goto(mock.watch);
    await expect.poll(() => page.locator('.card-final').count(), { timeout: 60_000 }).toBeGreaterThanOrEqual(2);
    await page.waitForTimeout(1500);
    const shift = await page.evaluate<number>(SHIFT);
    console.log(`layout shift ${shift.toFixed(3)}`);
    if (shift >= 0.1) console.log(JSON.stringify(await page.evaluate('shifts'), null, 1));
    expect(shift).toBeLessThan(0.1);
    await page.context().close();
    mock.stop();
  });

  it('are noticed on a phone: by a count, and by sound and vibration where wanted', async () => {
    const mock = await MockPage.start(3);
    const { page } = await openPage(browser, 'about:blank', { viewport: { width: 390, height: 844 } });
    await page.addInitScript('window.buzzes = []; Navigator.prototype.vibrate = (pattern) => { buzzes.push(pattern); return true; };');
    await page.goto(mock.watch);
    const vibration = page.getByLabel('Vibration');
    expect([await vibration.isChecked(), await page.getByLabel('Sound').isChecked()]).toEqual([false, false]);
    // By keyboard: a busy machine draws too few frames for a click to be thought safe.
    for (const one of [vibration, page.getByLabel('Sound')]) await one.press('Space');
    await page.evaluate('scrollTo(0, 0)');
    await expect.poll(() => page.title(), { timeout: 30_000 }).toMatch(/^\(\d\) Watching demo/);
    expect(await page.evaluate<number>('buzzes.length')).toBeGreaterThan(0);
    await page.locator('.new-alerts').press('Enter');
    await expect.poll(() => page.title()).toMatch(/^Watching demo/);
    expect(await page.locator('.new-alerts').count()).toBe(0);
    await page.reload();
    expect([await vibration.isChecked(), await page.getByLabel('Sound').isChecked()]).toEqual([true, true]);
    await page.context().close();
    mock.stop();
  });
});
