/** What may stand in an error's words but not in a log: who it was, and what opens doors. */
const PRIVATE: readonly (readonly [RegExp, string])[] = [
  // Session descriptions name addresses, ufrags and fingerprints; nothing after the first line of one is wanted.
  [/v=0\r?\n[\s\S]*/g, '[sdp]'],
  [/candidate:\S[^\r\n]*/g, '[candidate]'],
  [/([a-z][a-z0-9+.-]*:\/\/)[^\s/?#"']*@/gi, '$1[secret]@'],
  [/\b(bearer|basic)\s+[\w.~+/=-]+/gi, '$1 [secret]'],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '[token]'],
  [/\/whip\/[\w.-]{16,}/g, '/whip/[secret]'],
  [/(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])/g, '[address]'],
  // At least three groups, or `::`, so that a time of day stays one.
  [/(?<![\w:.])(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{1,4}(?![\w:])|(?<![\w:])(?:[0-9a-f]{1,4}:){1,6}:[0-9a-f:]{1,39}(?![\w:])/gi, '[address]'],
];

/** The text without network addresses, session descriptions, tokens and the secrets of WHIP resources. */
export function mask(text: string): string {
  return PRIVATE.reduce((masked, [pattern, replacement]) => masked.replace(pattern, replacement), text);
}
