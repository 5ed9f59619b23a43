import type { Palette as TimelinePalette } from '../../../clients/javascript/src/timeline/index.js';

/** Colours of the page for the canvases, read from the style sheet so that light and dark stay in one place. */
export interface Palette extends TimelinePalette {
  readonly panel: string;
  readonly ground: string;
  readonly warn: string;
}

const NAMES = ['ink', 'quiet', 'line', 'panel', 'ground', 'accent', 'micro', 'macro', 'warn', 'threshold'] as const;

let known: Palette | undefined;

function read(): Palette {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()])) as Record<
    (typeof NAMES)[number],
    string
  >;
}

for (const query of ['(prefers-color-scheme: dark)', '(forced-colors: active)'])
  matchMedia(query).addEventListener('change', () => {
    known = undefined;
  });

export function palette(): Palette {
  known ??= read();
  return known;
}
