/** A name as part of a topic or an id: lower-case letters, digits, `_` and `-`. */
export const slug = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '_');
