import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { findChromium } from './find-chromium.js';

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const found = findChromium();

/** Why the browser tests can't run here; undefined where they can. */
export const noBrowser: string | undefined = 'missing' in found ? found.missing : undefined;
if (noBrowser !== undefined) process.stderr.write(`mellm-live: browser tests skipped: ${noBrowser}\n`);

/** A Chromium. @param camera file that stands in for the camera (`.mjpeg`, `.y4m`), or `pattern`: Chromium's own test picture, without a face */
export function launch(camera?: string): Promise<Browser> {
  if ('missing' in found) throw new Error(found.missing);
  return chromium.launch({
    executablePath: found.path,
    headless: true,
    args: [
      ...ARGS,
      ...(camera === undefined
        ? []
        : [
            '--use-fake-ui-for-media-stream',
            '--use-fake-device-for-media-stream',
            ...(camera === 'pattern' ? [] : [`--use-file-for-fake-video-capture=${camera}`]),
          ]),
    ],
  });
}

/** A page that keeps what went wrong in it: console errors, exceptions, requests to elsewhere. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; faults: string[] }> {
  const context = await browser.newContext({ viewport: { width: 1400, height: 950 }, ...options });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') faults.push(`${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => {
    faults.push(String(error));
  });
  page.on('request', (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol.startsWith('http') && host !== new URL(url).host) faults.push(`request to ${request.url()}`);
  });
  await page.goto(url);
  return { page, faults };
}

/** An alert card as the page shows it. Times are media seconds; `offset` is undefined while open. */
export interface ShownCard {
  readonly kind: string;
  readonly status: string;
  readonly onset: number;
  readonly apex: number;
  readonly offset: number | undefined;
}

export async function shownCards(page: Page): Promise<ShownCard[]> {
  const cards = await page.evaluate<Record<string, string>[]>(
    '[...document.querySelectorAll("[data-alert]")].map((card) => ({ ...card.dataset }))',
  );
  return cards.map(({ kind = '', status = '', onset, apex, offset }) => ({
    kind,
    status,
    onset: Number(onset),
    apex: Number(apex),
    offset: offset ? Number(offset) : undefined,
  }));
}

/** The condition that the header shows, by its code. */
export function shownCondition(page: Page): Promise<string | null> {
  return page.locator('[data-condition]').getAttribute('data-condition');
}

/** Conditions of a page into which frames come and a face is seen; a busy test machine may well be too slow for more. */
export const SEEING = ['live', 'few_frames', 'overloaded'];
