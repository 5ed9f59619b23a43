import { cutText } from '../../events/mod.js';

/** A session's label for people: printable, at most 64 characters; undefined where nothing is left. */
export function sessionLabel(name: string | undefined): string | undefined {
  const clean = cutText(
    (name ?? '')
      .normalize('NFC')
      .replaceAll(/[\p{C}]/gu, '')
      .trim(),
    64,
  ).trim();
  return clean === '' ? undefined : clean;
}
