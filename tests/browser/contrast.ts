import type { Page } from 'playwright-core';

/** Runs in the page: texts whose contrast with what lies behind them is less than WCAG 2.2 asks for (1.4.3, level AA). */
const TOO_FAINT = `(() => {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], below) => [r, g, b].map((value, i) => value * a + below[i] * (1 - a));
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((value) => value / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const chain = (element) => { const all = []; for (let one = element; one; one = one.parentElement) all.push(one); return all; };
  const backdrop = (element) => chain(element).reverse().reduce((below, one) => over(rgba(getComputedStyle(one).backgroundColor), below), [255, 255, 255]);
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (walker.currentNode.data.trim() === '' || !element.checkVisibility({ visibilityProperty: true }) || element.closest('.visually-hidden, .skip, :disabled')) continue;
    const style = getComputedStyle(element);
    const opacity = chain(element).reduce((product, one) => product * Number(getComputedStyle(one).opacity), 1);
    const behind = backdrop(element);
    const [r, g, b, a] = rgba(style.color);
    const [high, low] = [luminance(over([r, g, b, a * opacity], behind)), luminance(behind)].sort((one, other) => other - one);
    const ratio = (high + 0.05) / (low + 0.05);
    const size = parseFloat(style.fontSize);
    const least = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
    if (ratio < least) faint.push(walker.currentNode.data.trim().slice(0, 30) + ' in ' + element.tagName + '.' + element.className + ': ' + ratio.toFixed(2));
  }
  return faint;
})()`;

export function tooFaint(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(TOO_FAINT);
}
