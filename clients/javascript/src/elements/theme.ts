/**
 * Custom properties that a page may set on the elements or above them, with what they are otherwise. Shadow parts reach everything else.
 */
const THEME = `
:host { --_own-ink: #1b1d21; --_own-quiet: #5b626c; --_own-line: #d5d9df; --_own-surface: #ffffff; --_own-accent: #1d5fae; --_own-micro: #a83a00; --_own-macro: #5a3fa0; }
@media (prefers-color-scheme: dark) { :host { --_own-ink: #e9ebee; --_own-quiet: #a3abb6; --_own-line: #3a4048; --_own-surface: #16181c; --_own-accent: #74b0f4; --_own-micro: #ff9d66; --_own-macro: #b9a3f5; } }
:host {
  --_ink: var(--mellm-ink, var(--_own-ink));
  --_quiet: var(--mellm-quiet, var(--_own-quiet));
  --_line: var(--mellm-line, var(--_own-line));
  --_surface: var(--mellm-surface, var(--_own-surface));
  --_accent: var(--mellm-accent, var(--_own-accent));
  --_micro: var(--mellm-micro, var(--_own-micro));
  --_macro: var(--mellm-macro, var(--_own-macro));
  --_radius: var(--mellm-radius, 8px);
  --_gap: var(--mellm-gap, 8px);
  display: block;
  color: var(--_ink);
  background: var(--_surface);
  font: var(--mellm-font, 14px/1.45 system-ui, sans-serif);
}
:host([hidden]) { display: none; }
`;

/** The shadow root of an element, with its styles. A sheet and not a `<style>`: pages may forbid inline styles. */
export function rootOf(element: HTMLElement, css: string): ShadowRoot {
  const root = element.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(THEME + css);
  root.adoptedStyleSheets = [sheet];
  return root;
}

/** An element with its shadow part and text. */
export function part<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, name: string, text = ''): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  element.part.add(...name.split(' '));
  element.textContent = text;
  return element;
}
