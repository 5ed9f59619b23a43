import { cutText } from '../../events/mod.js';

/** Cleans a session's display name: printable, at most 64 characters; undefined if nothing is left. */
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
