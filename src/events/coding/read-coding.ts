import type { CodedWindow } from './coded-window.js';
import { readEaf } from './read-eaf.js';
import { readTable } from './read-table.js';

/** Windows of an ELAN document or of a table; `name` is the coder where the source names none. @throws {CodingError} */
export function readCodedWindows(text: string, name: string): CodedWindow[] {
  return /^\ufeff?\s*<\?xml|^\ufeff?\s*<ANNOTATION_DOCUMENT/.test(text) ? readEaf(text, name) : readTable(text, name);
}
