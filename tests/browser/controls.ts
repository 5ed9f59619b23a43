import type { Page } from 'playwright-core';

/** Sizes of windows that the page is tested at. */
export const SIZES = [
  [1280, 720],
  [1280, 800],
  [1366, 768],
  [1440, 900],
  [1024, 768],
  [390, 844],
] as const;

/** A control that can be used now, and the place to click at after the browser scrolled it into view. */
interface Control {
  readonly name: string;
  readonly index: number;
}

/** Runs in the page: the controls, those of the expanded card among the cards. */
const CONTROLS = `(() => {
  const shown = document.querySelector('.card-expanded');
  return [...document.querySelectorAll('button, a[href]:not(.skip), select, textarea, input:not([type=file]), summary, [tabindex="0"]')].filter((one) =>
    one.checkVisibility({ visibilityProperty: true }) && (one.closest('.card') === null || one.closest('.card') === shown));
})()`;

/** Runs in the page: scrolls to a control and tells where to click. */
const PLACE = `(control) => {
  control.scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: 'instant' });
  const box = control.getClientRects()[0];
  return { x: box.x + box.width / 2, y: box.y + Math.min(box.height / 2, innerHeight / 3) };
}`;

const OURS = '(control, hit) => hit !== null && (control.contains(hit) || hit.closest("label")?.control === control)';

/** Every control that something else lies over, or that can't be scrolled to, by the browser's own hit test. */
export function covered(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`${CONTROLS}.flatMap((control) => {
    const { x, y } = (${PLACE})(control);
    const hit = document.elementFromPoint(x, y);
    if ((${OURS})(control, hit)) return [];
    return [control.tagName + ' ' + (control.getAttribute('aria-label') ?? control.innerText).trim().slice(0, 40) + ' at ' + Math.round(x) + ',' + Math.round(y) + ' is covered by ' + (hit === null ? 'nothing' : hit.tagName + '.' + hit.className)];
  })`);
}

/**
 * Clicks every control outside of the cards by the mouse, and tells those that did not get the click. It is caught before it does
 * anything.
 */
export async function unclickable(page: Page): Promise<string[]> {
  await page.evaluate(`(() => {
    const types = ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click'];
    const take = (event) => {
      if (event.type === 'pointerdown') window.hit = event.target;
      event.preventDefault();
      event.stopImmediatePropagation();
    };
    for (const type of types) addEventListener(type, take, { capture: true });
    window.letGo = () => { for (const type of types) removeEventListener(type, take, { capture: true }); };
    window.controls = ${CONTROLS}.filter((one) => one.closest('.card') === null && !one.matches(':disabled'));
  })()`);
  const controls = await page.evaluate<Control[]>(
    'controls.map((control, index) => ({ index, name: control.tagName + " " + (control.getAttribute("aria-label") ?? control.innerText).trim().slice(0, 40) }))',
  );
  const faults: string[] = [];
  for (const { index, name } of controls) {
    const place = await page.evaluate<{ x: number; y: number } | null>(
      `controls[${String(index)}].isConnected ? (${PLACE})(controls[${String(index)}]) : null`,
    );
    if (!place) continue;
    await page.mouse.click(place.x, place.y);
    if (!(await page.evaluate<boolean>(`!controls[${String(index)}].isConnected || (${OURS})(controls[${String(index)}], window.hit)`)))
      faults.push(`${name} did not get its click`);
  }
  await page.evaluate('letGo()');
  return faults;
}

/** Whether an element lies wholly in the window while nothing is scrolled. */
export async function inFirstView(page: Page, selector: string): Promise<boolean> {
  return page.evaluate((one) => {
    scrollTo({ top: 0, behavior: 'instant' });
    document.querySelector('.bench')?.scrollTo({ top: 0, behavior: 'instant' });
    const box = document.querySelector(one)?.getBoundingClientRect();
    return box !== undefined && box.top >= 0 && box.bottom <= innerHeight && box.left >= 0 && box.right <= innerWidth;
  }, selector);
}
