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

/** What of an annotation stands in the document; far less than all of it. */
export interface EafSource extends Pick<Annotation, 'face' | 'kind' | 'onset' | 'apex' | 'offset'> {
  readonly units: readonly string[];
  readonly score: string;
  /** Empty where there is none. */
  readonly category: string;
  readonly text: string;
}

export function eafSource({ face, kind, onset, apex, offset, aus, score, emotion, text }: Annotation): EafSource {
  return { face, kind, onset, apex, offset, units: [...new Set(aus.map(unitCode))], score: score.toFixed(3), category: emotion?.label ?? '', text: plainText(text) };
}

/** A window in ms of the recording's own time. */
interface Row { readonly start: number; readonly end: number; readonly source: EafSource }
/** What a tier may hold; a vocabulary's values carry its entries' ids. */
interface TierType { readonly id: string; readonly constraint?: 'Included_In' | 'Symbolic_Subdivision' | 'Symbolic_Association'; readonly vocabulary?: Vocabulary }

/** Rows a piece of text is made of: the document may be large, and whoever writes it has other things to do between two pieces. */
const ROWS_A_PIECE = 200;

/**
 * An ELAN document (EAF 3.0): for each face and kind a time-aligned tier of windows (`f1 micro`), and below it tiers for the apex (time-aligned
 * too), action units (one annotation each), score, category and text. ELAN forbids overlaps within a tier; what overlaps goes to a further tier.
 * Times are those of the recording's own clock, as players show it.
 */
export function toEaf(annotations: readonly Annotation[], options: EafOptions = {}): string {
  return [...eafPieces(annotations.map(eafSource), options)].join('');
}

/** The same, piece by piece. */
export function* eafPieces(sources: readonly EafSource[], { recording, header, date = new Date() }: EafOptions = {}): Generator<string> {
  const types = typesOf(sources);
  const tiers = [...lanes(sources, recording)];
  yield `<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT AUTHOR="mellm-live" DATE="${date.toISOString()}" FORMAT="3.0" VERSION="3.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">
  <HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">${mediaXml(recording, header)}</HEADER>
  <TIME_ORDER>
`;
  yield* timeOrder(tiers.flatMap(([, rows]) => [...rows.flatMap(({ start, end }) => [start, end]), ...rows.flatMap((row) => apexOf(row, recording))]));
  yield '  </TIME_ORDER>\n';
  const document = new Tiers();
  for (const [name, rows] of tiers) {
    const first = document.count + 1;
    yield* document.tier(name, types.window, undefined, rows, ({ source }) => document.aligned(source.kind, KINDS));
    yield* document.tier(`${name} apex`, types.apex, name, rows, () => document.aligned('apex', APEX));
    const hang = (part: string, type: TierType, values: (source: EafSource) => readonly string[]): Generator<string> =>
      document.tier(`${name} ${part}`, type, name, rows, ({ source }, i) => document.referring(`a${String(first + i)}`, values(source).filter((value) => value !== ''), type));
    yield* hang('AUs', types.units, ({ units }) => units);
    yield* hang('score', types.note, ({ score }) => [score]);
    if (types.category) yield* hang('category', types.category, ({ category }) => [category]);
    yield* hang('text', types.note, ({ text }) => [text]);
  }
  const vocabularies = Object.values(types).flatMap(({ vocabulary }) => (vocabulary ? [vocabularyXml(vocabulary)] : []));
  yield `${Object.values(types).map(typeXml).join('\n')}
  <LANGUAGE LANG_DEF="http://cdb.iso.org/lg/CDB-00130975-001" LANG_ID="und" LANG_LABEL="undetermined (und)"/>
  <CONSTRAINT DESCRIPTION="Symbolic subdivision of a parent annotation. Annotations refering to the same parent are ordered" STEREOTYPE="Symbolic_Subdivision"/>
  <CONSTRAINT DESCRIPTION="1-1 association with a parent annotation" STEREOTYPE="Symbolic_Association"/>
  <CONSTRAINT DESCRIPTION="Time alignable annotations within the parent annotation's time interval, gaps are allowed" STEREOTYPE="Included_In"/>
${vocabularies.join('\n')}
</ANNOTATION_DOCUMENT>
`;
}

function typesOf(sources: readonly EafSource[]): Readonly<Record<'window' | 'apex' | 'units' | 'note', TierType>> & { readonly category?: TierType } {
  return {
    window: { id: 'window', vocabulary: KINDS },
    apex: { id: 'apex', constraint: 'Included_In', vocabulary: APEX },
    units: { id: 'action unit', constraint: 'Symbolic_Subdivision', vocabulary: unitVocabulary([...new Set(sources.flatMap(({ units }) => units))]) },
    // Where no category is inferred (--no-emotion), none is offered either.
    ...sources.some(({ category }) => category !== '') ? { category: { id: 'category', constraint: 'Symbolic_Association', vocabulary: CATEGORIES } as const } : {},
    note: { id: 'note', constraint: 'Symbolic_Association' },
  };
}

/** Writes tiers, and numbers the annotations and the times that they use, in the order in which they are written. */
class Tiers {
  #slots = 0;
  count = 0;

  /** A tier piece by piece; nothing where it has no annotations. */
  * tier(id: string, type: TierType, parent: string | undefined, rows: readonly Row[], annotations: (row: Row, index: number) => readonly string[]): Generator<string> {
    const parentRef = parent === undefined ? '' : ` PARENT_REF="${escapeXml(parent)}"`;
    let before = `  <TIER LINGUISTIC_TYPE_REF="${type.id}"${parentRef} TIER_ID="${escapeXml(id)}">\n`;
    let written = false;
    for (let from = 0; from < rows.length; from += ROWS_A_PIECE) {
      const lines = rows.slice(from, from + ROWS_A_PIECE).flatMap((row, i) => annotations(row, from + i));
      if (lines.length === 0) continue;
      yield `${before}${lines.join('\n')}\n`;
      before = '';
      written = true;
    }
    if (written) yield '  </TIER>\n';
  }

  aligned(value: string, vocabulary: Vocabulary): readonly string[] {
    const id = `a${String(++this.count)}`;
    const [from, to] = [++this.#slots, ++this.#slots];
    return [`    <ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="${id}" CVE_REF="${entryId(vocabulary, value)}" TIME_SLOT_REF1="ts${String(from)}" TIME_SLOT_REF2="ts${String(to)}"><ANNOTATION_VALUE>${escapeXml(value)}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>`];
  }

  /** Annotations that hang on another one, in order. */
  referring(parent: string, values: readonly string[], { vocabulary }: TierType): readonly string[] {
    let previous = '';
    return values.map((value) => {
      const id = `a${String(++this.count)}`;
      const before = previous === '' ? '' : ` PREVIOUS_ANNOTATION="${previous}"`;
      previous = id;
      const entry = vocabulary ? ` CVE_REF="${entryId(vocabulary, value)}"` : '';
      return `    <ANNOTATION><REF_ANNOTATION ANNOTATION_ID="${id}" ANNOTATION_REF="${parent}"${before}${entry}><ANNOTATION_VALUE>${escapeXml(value)}</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>`;
    });
  }
}

/** ELAN takes the slots' order for the order in time. */
function* timeOrder(slots: readonly number[]): Generator<string> {
  const sorted = slots.map((ms, i) => ({ ms, id: `ts${String(i + 1)}` })).sort((a, b) => a.ms - b.ms);
  for (let from = 0; from < sorted.length; from += ROWS_A_PIECE) {
    yield sorted.slice(from, from + ROWS_A_PIECE).map(({ ms, id }) => `    <TIME_SLOT TIME_SLOT_ID="${id}" TIME_VALUE="${String(ms)}"/>\n`).join('');
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
function lanes(sources: readonly EafSource[], recording: Recording | undefined): Map<string, Row[]> {
  const result = new Map<string, Row[]>();
  for (const source of [...sources].sort((a, b) => a.onset - b.onset)) {
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
