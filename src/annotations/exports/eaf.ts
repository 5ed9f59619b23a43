import type { Annotation } from '../schema.js';
import { unitCode } from './csv.js';
import { APEX, CATEGORIES, entryId, KINDS, unitVocabulary, vocabularyXml, type Vocabulary } from './eaf-vocabulary.js';
import { mediaXml } from './eaf-media.js';
import { plainText } from './plain-text.js';
import type { Recording, ResultHeader } from './recording.js';
import { escapeXml } from './xml.js';

/** What an ELAN document says beside its annotations. */
export interface EafOptions {
  readonly recording?: Recording | undefined;
  readonly header?: ResultHeader | undefined;
  /** When the document was written. Default: now. */
  readonly date?: Date;
}

/** A window in ms of the recording's own time. */
interface Row { readonly start: number; readonly end: number; readonly source: Annotation }
/** What a tier may hold; a vocabulary's values carry its entries' ids. */
interface TierType { readonly id: string; readonly constraint?: 'Included_In' | 'Symbolic_Subdivision' | 'Symbolic_Association'; readonly vocabulary?: Vocabulary }

/**
 * An ELAN document (EAF 3.0): for each face and kind a time-aligned tier of windows (`f1 micro`), and below it tiers for the apex (time-aligned
 * too), action units (one annotation each), score, category and text. ELAN forbids overlaps within a tier; what overlaps goes to a further tier.
 * Times are those of the recording's own clock, as players show it.
 */
export function toEaf(annotations: readonly Annotation[], { recording, header, date = new Date() }: EafOptions = {}): string {
  const types = typesOf(annotations);
  const document = new Tiers();
  for (const [name, rows] of lanes(annotations, recording)) {
    const parents = rows.map((row) => ({ row, id: document.nextId() }));
    document.tier(name, types.window, undefined, parents.map(({ id, row }) => document.aligned(id, row.start, row.end, row.source.kind, KINDS)));
    document.tier(`${name} apex`, types.apex, name, parents.map(({ row }) => document.aligned(document.nextId(), ...apexOf(row, recording), 'apex', APEX)));
    const hang = (part: string, type: TierType, values: (a: Annotation) => readonly string[]): void => {
      document.tier(`${name} ${part}`, type, name, parents.flatMap(({ id, row }) => document.referring(id, values(row.source).filter((value) => value !== ''), type)));
    };
    hang('AUs', types.units, (a) => [...new Set(a.aus.map(unitCode))]);
    hang('score', types.note, (a) => [a.score.toFixed(3)]);
    if (types.category) hang('category', types.category, (a) => [a.emotion?.label ?? '']);
    hang('text', types.note, (a) => [plainText(a.text)]);
  }
  const vocabularies = Object.values(types).flatMap(({ vocabulary }) => (vocabulary ? [vocabularyXml(vocabulary)] : []));
  return `<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT AUTHOR="mellm-live" DATE="${date.toISOString()}" FORMAT="3.0" VERSION="3.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">
  <HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">${mediaXml(recording, header)}</HEADER>
  <TIME_ORDER>
${document.timeOrder()}
  </TIME_ORDER>
${document.tiers.join('\n')}
${Object.values(types).map(typeXml).join('\n')}
  <LANGUAGE LANG_DEF="http://cdb.iso.org/lg/CDB-00130975-001" LANG_ID="und" LANG_LABEL="undetermined (und)"/>
  <CONSTRAINT DESCRIPTION="Symbolic subdivision of a parent annotation. Annotations refering to the same parent are ordered" STEREOTYPE="Symbolic_Subdivision"/>
  <CONSTRAINT DESCRIPTION="1-1 association with a parent annotation" STEREOTYPE="Symbolic_Association"/>
  <CONSTRAINT DESCRIPTION="Time alignable annotations within the parent annotation's time interval, gaps are allowed" STEREOTYPE="Included_In"/>
${vocabularies.join('\n')}
</ANNOTATION_DOCUMENT>
`;
}

function typesOf(annotations: readonly Annotation[]): Readonly<Record<'window' | 'apex' | 'units' | 'note', TierType>> & { readonly category?: TierType } {
  return {
    window: { id: 'window', vocabulary: KINDS },
    apex: { id: 'apex', constraint: 'Included_In', vocabulary: APEX },
    units: { id: 'action unit', constraint: 'Symbolic_Subdivision', vocabulary: unitVocabulary(annotations.flatMap(({ aus }) => aus.map(unitCode))) },
    // Where no category is inferred (--no-emotion), none is offered either.
    ...annotations.some(({ emotion }) => emotion) ? { category: { id: 'category', constraint: 'Symbolic_Association', vocabulary: CATEGORIES } as const } : {},
    note: { id: 'note', constraint: 'Symbolic_Association' },
  };
}

/** Collects tiers, and the times and ids that they share. */
class Tiers {
  readonly tiers: string[] = [];
  readonly #slots: number[] = [];
  #count = 0;

  nextId(): string { return `a${String(++this.#count)}`; }

  tier(id: string, type: TierType, parent: string | undefined, annotations: readonly string[]): void {
    if (annotations.length === 0) return;
    const parentRef = parent === undefined ? '' : ` PARENT_REF="${escapeXml(parent)}"`;
    this.tiers.push(`  <TIER LINGUISTIC_TYPE_REF="${type.id}"${parentRef} TIER_ID="${escapeXml(id)}">\n${annotations.join('\n')}\n  </TIER>`);
  }

  aligned(id: string, start: number, end: number, value: string, vocabulary: Vocabulary): string {
    const [from, to] = [start, end].map((ms) => `ts${String(this.#slots.push(ms))}`);
    return `    <ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="${id}" CVE_REF="${entryId(vocabulary, value)}" TIME_SLOT_REF1="${from ?? ''}" TIME_SLOT_REF2="${to ?? ''}"><ANNOTATION_VALUE>${escapeXml(value)}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>`;
  }

  /** Annotations that hang on another one, in order. */
  referring(parent: string, values: readonly string[], { vocabulary }: TierType): string[] {
    let previous = '';
    return values.map((value) => {
      const id = this.nextId();
      const before = previous === '' ? '' : ` PREVIOUS_ANNOTATION="${previous}"`;
      previous = id;
      const entry = vocabulary ? ` CVE_REF="${entryId(vocabulary, value)}"` : '';
      return `    <ANNOTATION><REF_ANNOTATION ANNOTATION_ID="${id}" ANNOTATION_REF="${parent}"${before}${entry}><ANNOTATION_VALUE>${escapeXml(value)}</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>`;
    });
  }

  /** ELAN takes the slots' order for the order in time. */
  timeOrder(): string {
    return this.#slots.map((ms, i) => ({ ms, id: `ts${String(i + 1)}` })).sort((a, b) => a.ms - b.ms)
      .map(({ ms, id }) => `    <TIME_SLOT TIME_SLOT_ID="${id}" TIME_VALUE="${String(ms)}"/>`).join('\n');
  }
}

function typeXml({ id, constraint, vocabulary }: TierType): string {
  const attributes = [
    ...constraint ? [`CONSTRAINTS="${constraint}"`] : [], ...vocabulary ? [`CONTROLLED_VOCABULARY_REF="${vocabulary.id}"`] : [],
    'GRAPHIC_REFERENCES="false"', `LINGUISTIC_TYPE_ID="${id}"`, `TIME_ALIGNABLE="${String(constraint === undefined || constraint === 'Included_In')}"`,
  ];
  return `  <LINGUISTIC_TYPE ${attributes.join(' ')}/>`;
}

/** Tiers by face and kind, each without overlaps. */
function lanes(annotations: readonly Annotation[], recording: Recording | undefined): Map<string, Row[]> {
  const result = new Map<string, Row[]>();
  for (const source of [...annotations].sort((a, b) => a.onset - b.onset)) {
    const start = msOf(source.onset, recording);
    const row = { start, end: Math.max(start + 1, msOf(source.offset ?? source.apex, recording)), source };
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

/** The apex's frame, within its window. */
function apexOf({ start, end, source }: Row, recording: Recording | undefined): readonly [number, number] {
  const from = Math.min(Math.max(start, msOf(source.apex, recording)), end - 1);
  return [from, Math.min(end, from + Math.max(1, Math.round((recording?.frame ?? 0.04) * 1000)))];
}

function msOf(seconds: number, recording: Recording | undefined): number {
  return Math.max(0, Math.round(((recording?.start ?? 0) + seconds * (recording?.pace ?? 1)) * 1000));
}
