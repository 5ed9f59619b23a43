import type { Coding } from './coded-window.js';
import { readEaf } from './read-eaf.js';
import { readTable } from './read-table.js';

/** Reads an ELAN document or a table; `name` is the coder where the source names none. @throws {CodingError} */
export function readCoding(text: string, name: string): Coding {
  return /^\ufeff?\s*<\?xml|^\ufeff?\s*<ANNOTATION_DOCUMENT/.test(text) ? readEaf(text, name) : readTable(text, name);
}
