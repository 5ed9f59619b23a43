import type { Annotation } from '../schema.js';
import { facsCode } from './csv.js';

/** Options of {@link toEaf}. */
export interface EafOptions {
  /** Path or URL of the recording; ELAN asks for the file where it is absent. */
  readonly media?: string;
  /** When the document was written. Default: now. */
  readonly date?: Date;
}

interface Row { readonly start: number; readonly end: number; readonly source: Annotation }

/**
 * An ELAN document (EAF 3.0): for each face and kind a time-aligned tier of windows (`f1 micro`), with tiers that hang on it
 * for apex, action units, category and text. ELAN forbids overlaps within a tier; what overlaps goes to a further tier.
 */
export function toEaf(annotations: readonly Annotation[], options: EafOptions = {}): string {
  const slots: number[] = [];
  const slot = (ms: number): string => `ts${String(slots.push(ms))}`;
  let count = 0;
  const nextId = (): string => `a${String(++count)}`;
  const tiers: string[] = [];
  for (const [name, rows] of lanes(annotations)) {
    const parents = rows.map((row) => ({ id: nextId(), row }));
    tiers.push(tier(name, 'window', undefined, parents.map(({ id, row }) => alignable(id, slot(row.start), slot(row.end), row.source.kind))));
    const hang = (part: string, value: (a: Annotation) => string): void => {
      const children = parents.filter(({ row }) => value(row.source) !== '')
        .map(({ id, row }) => reference(nextId(), id, value(row.source)));
      if (children.length > 0) tiers.push(tier(`${name} ${part}`, 'note', name, children));
    };
    hang('apex', (a) => `${a.apex.toFixed(3)} s`);
    hang('score', (a) => a.score.toFixed(3));
    hang('AUs', (a) => facsCode(a.aus));
    hang('category', (a) => a.emotion?.label ?? '');
    hang('text', (a) => a.text);
  }
  const media = options.media === undefined ? ''
    : `\n    <MEDIA_DESCRIPTOR MEDIA_URL="${escape(options.media)}" MIME_TYPE="${mimeType(options.media)}"/>\n  `;
  return `<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT AUTHOR="mellm-live" DATE="${(options.date ?? new Date()).toISOString()}" FORMAT="3.0" VERSION="3.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">
  <HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">${media}</HEADER>
  <TIME_ORDER>
${slots.map((ms, i) => `    <TIME_SLOT TIME_SLOT_ID="ts${String(i + 1)}" TIME_VALUE="${String(ms)}"/>`).join('\n')}
  </TIME_ORDER>
${tiers.join('\n')}
  <LINGUISTIC_TYPE GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="window" TIME_ALIGNABLE="true"/>
  <LINGUISTIC_TYPE CONSTRAINTS="Symbolic_Association" GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="note" TIME_ALIGNABLE="false"/>
  <CONSTRAINT DESCRIPTION="1-1 association with a parent annotation" STEREOTYPE="Symbolic_Association"/>
</ANNOTATION_DOCUMENT>
`;
}

/** Tiers by face and kind, each without overlaps. */
function lanes(annotations: readonly Annotation[]): Map<string, Row[]> {
  const result = new Map<string, Row[]>();
  for (const source of [...annotations].sort((a, b) => a.onset - b.onset)) {
    const start = Math.round(source.onset * 1000);
    const row = { start, end: Math.max(start + 1, Math.round((source.offset ?? source.apex) * 1000)), source };
    for (let lane = 1; ; lane++) {
      const name = `${source.face} ${source.kind}${lane === 1 ? '' : ` (${String(lane)})`}`;
      const rows = result.get(name) ?? [];
      const last = rows.at(-1);
      if (last && last.end > row.start) continue;
      rows.push(row);
      result.set(name, rows);
      break;
    }
  }
  return result;
}

function tier(id: string, type: string, parent: string | undefined, annotations: readonly string[]): string {
  const parentRef = parent === undefined ? '' : ` PARENT_REF="${escape(parent)}"`;
  return `  <TIER LINGUISTIC_TYPE_REF="${type}"${parentRef} TIER_ID="${escape(id)}">\n${annotations.join('\n')}\n  </TIER>`;
}

function alignable(id: string, start: string, end: string, value: string): string {
  return `    <ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="${id}" TIME_SLOT_REF1="${start}" TIME_SLOT_REF2="${end}"><ANNOTATION_VALUE>${escape(value)}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>`;
}

function reference(id: string, parent: string, value: string): string {
  return `    <ANNOTATION><REF_ANNOTATION ANNOTATION_ID="${id}" ANNOTATION_REF="${parent}"><ANNOTATION_VALUE>${escape(value)}</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>`;
}

/** XML 1.0: the five entities, and no control characters. */
function escape(text: string): string {
   
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '').replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '')
    .replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&apos;');
}

function mimeType(media: string): string {
  const extension = /\.(\w+)$/.exec(media)?.[1]?.toLowerCase();
  return extension === 'mp4' || extension === 'm4v' ? 'video/mp4' : extension === 'mov' ? 'video/quicktime' : extension === 'webm' ? 'video/webm' : 'video/*';
}
