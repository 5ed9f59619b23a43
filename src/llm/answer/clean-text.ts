/** Longest text of an annotation, characters. */
export const MAX_TEXT = 32_000;
const HEAD = 24_000;

/*
 * Control characters but tab and line feed, C1 controls, zero-width and bidirectional marks, byte order mark, lone surrogates:
 * what can hide or reorder text on the page that shows it.
 */

const UNSEEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** A piece of an answer as text only: carriage returns become line feeds, unseen characters go. */
export function cleanText(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(UNSEEN, '')
    .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd');
}

/** Cuts a long text in its middle: the summary stands at the end. */
export function boundText(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, HEAD)}\n[…]\n${text.slice(text.length - (MAX_TEXT - HEAD - 5))}`;
}
