import { emotionLabelSchema, kindSchema, sideSchema } from '../schema.js';
import { unitCode } from './csv.js';
import { escapeXml } from './xml.js';

/** A list of values that ELAN offers and checks, and that tiers of its type take. */
export interface Vocabulary {
  readonly id: string;
  readonly description: string;
  readonly values: readonly string[];
}

/** FACS: face, then head and eyes; nobody codes the numbers in between. */
const UNITS = [
  1, 2, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38,
  39, 41, 42, 43, 44, 45, 46,
];

export const KINDS: Vocabulary = { id: 'kind', description: 'Kind of expression', values: kindSchema.options };
export const APEX: Vocabulary = { id: 'apex', description: 'Moment of largest motion', values: ['apex'] };
export const CATEGORIES: Vocabulary = { id: 'category', description: 'Category inferred from motion', values: emotionLabelSchema.options };

/** All action units on either side, and those that were found besides. */
export function unitVocabulary(found: readonly string[]): Vocabulary {
  const known = UNITS.flatMap((number) => sideSchema.options.toReversed().map((side) => unitCode({ au: `AU${String(number)}`, side })));
  return { id: 'AU', description: "FACS action unit; L and R: the person's own side", values: [...new Set([...known, ...found])] };
}

/** An entry's id within the document. */
export function entryId({ id }: Vocabulary, value: string): string {
  return `cve_${id}_${value}`;
}

export function vocabularyXml(vocabulary: Vocabulary): string {
  const entries = vocabulary.values.map(
    (value) =>
      `    <CV_ENTRY_ML CVE_ID="${entryId(vocabulary, value)}"><CVE_VALUE LANG_REF="und">${escapeXml(value)}</CVE_VALUE></CV_ENTRY_ML>`,
  );
  return `  <CONTROLLED_VOCABULARY CV_ID="${vocabulary.id}">\n    <DESCRIPTION LANG_REF="und">${escapeXml(vocabulary.description)}</DESCRIPTION>\n${entries.join('\n')}\n  </CONTROLLED_VOCABULARY>`;
}
