import type { Annotation, Marker } from '../schema.js';
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
  /** What another program said of moments, on a tier of their own. Default none. */
  readonly markers?: readonly Marker[];
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
  /** Whose it is; absent: the machine's. */
  readonly coder?: string;
  readonly rejected?: boolean;
}

export function eafSource({ face, kind, onset, apex, offset, aus, score, emotion, text }: Annotation): EafSource {
  return {
    face,
    kind,
    onset,
    apex,
    offset,
    units: [...new Set(aus.map(unitCode))],
    score: score.toFixed(3),
    category: emotion?.label ?? '',
    text: plainText(text),
  };
}

/** A window in ms of the recording's own time. */
interface Row {
  readonly start: number;
  readonly end: number;
  readonly source: EafSource;
}
/** What a tier may hold; a vocabulary's values carry its entries' ids. */
interface TierType {
  readonly id: string;
  readonly constraint?: 'Included_In' | 'Symbolic_Subdivision' | 'Symbolic_Association';
  readonly vocabulary?: Vocabulary;
}

/** Rows that are dealt with at a time: the document may be large, and whoever writes it has other things to do between two pieces. */
const ROWS_A_PIECE = 100;

/**
 * An ELAN document (EAF 3.0): for each face and kind a time-aligned tier of windows (`f1 micro`), and below it tiers for the apex (time-aligned
 * too), action units (one annotation each), score, category and text; of each coder the same, named `anna_f1 micro`. ELAN forbids overlaps
 * within a tier; what overlaps goes to a further tier.
 * Times are those of the recording's own clock, as players show it.
 */
export function toEaf(annotations: readonly Annotation[], options: EafOptions = {}): string {
  return [...eafPieces(annotations.map(eafSource), options)].join('');
}

/** The same, piece by piece, each of a millisecond or two; empty ones while the tiers are laid out. */
export function* eafPieces(
  sources: readonly EafSource[],
  { recording, header, markers = [], date = new Date() }: EafOptions = {},
): Generator<string> {
  const found = new Found();
  const layout = new Map<string, Row[]>();
  const sorted = [...sources].sort((a, b) => a.onset - b.onset);
  for (let from = 0; from < sorted.length; from += ROWS_A_PIECE) {
    for (const source of sorted.slice(from, from + ROWS_A_PIECE)) {
      found.add(source);
      addRow(layout, source, recording);
    }
    yield '';
  }
  const marks = markerRows(markers, recording);
  const types = typesOf(found, marks.length > 0);
  const tiers = [...layout];
  yield `<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT AUTHOR="mellm-live" DATE="${date.toISOString()}" FORMAT="3.0" VERSION="3.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">
  <HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">${mediaXml(recording, header)}</HEADER>
  <TIME_ORDER>
`;
  yield* timeOrder(tiers, marks, recording);
  yield '  </TIME_ORDER>\n';
  const document = new Tiers();
  for (const [name, rows] of tiers) {
    const first = document.count + 1;
    yield* document.tier(name, types.window, undefined, rows, ({ source }) => document.aligned(source.kind, KINDS));
    yield* document.tier(`${name} apex`, types.apex, name, rows, () => document.aligned('apex', APEX));
    const hang = (part: string, type: TierType, values: (source: EafSource) => readonly string[]): Generator<string> =>
      document.tier(`${name} ${part}`, type, name, rows, ({ source }, i) =>
        document.referring(
          `a${String(first + i)}`,
          values(source).filter((value) => value !== ''),
          type,
        ),
      );
    yield* hang('AUs', types.units, ({ units }) => units);
    yield* hang('score', types.note, ({ score }) => [score]);
    if (types.category) yield* hang('category', types.category, ({ category }) => [category]);
    yield* hang('text', types.note, ({ text }) => [text]);
  }
  if (types.marker) yield* document.tier('markers', types.marker, undefined, marks, ({ value }) => document.aligned(value));
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

/** The values that stand in the document. */
class Found {
  readonly units = new Set<string>();
  category = false;

  add({ units, category }: EafSource): void {
    for (const unit of units) this.units.add(unit);
    this.category ||= category !== '';
  }
}

function typesOf(
  { units, category }: Found,
  marked: boolean,
): Readonly<Record<'window' | 'apex' | 'units' | 'note', TierType>> & { readonly category?: TierType; readonly marker?: TierType } {
  return {
    window: { id: 'window', vocabulary: KINDS },
    apex: { id: 'apex', constraint: 'Included_In', vocabulary: APEX },
    units: { id: 'action unit', constraint: 'Symbolic_Subdivision', vocabulary: unitVocabulary([...units]) },
    // Where no category is inferred (--no-emotion), none is offered either.
    ...(category ? { category: { id: 'category', constraint: 'Symbolic_Association', vocabulary: CATEGORIES } as const } : {}),
    ...(marked ? { marker: { id: 'marker' } } : {}),
    note: { id: 'note', constraint: 'Symbolic_Association' },
  };
}

/** Writes tiers, and numbers the annotations and the times that they use, in the order in which they are written. */
class Tiers {
  #slots = 0;
  count = 0;

  /** A tier piece by piece; nothing where it has no annotations. */
  *tier<R>(
    id: string,
    type: TierType,
    parent: string | undefined,
    rows: readonly R[],
    annotations: (row: R, index: number) => readonly string[],
  ): Generator<string> {
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

  aligned(value: string, vocabulary?: Vocabulary): readonly string[] {
    const id = `a${String(++this.count)}`;
    const [from, to] = [++this.#slots, ++this.#slots];
    const entry = vocabulary ? ` CVE_REF="${entryId(vocabulary, value)}"` : '';
    return [
      `    <ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="${id}"${entry} TIME_SLOT_REF1="ts${String(from)}" TIME_SLOT_REF2="ts${String(to)}"><ANNOTATION_VALUE>${escapeXml(value)}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>`,
    ];
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

/** Walks through the times of a tier, two of each row; they are in order, since its rows don't overlap. */
class TimeCursor<R> {
  readonly #rows: readonly R[];
  readonly #times: (row: R) => readonly [number, number];
  #at = 0;
  #row: readonly [number, number] | undefined;

  /** @param before slots of the tiers before this one */
  constructor(
    rows: readonly R[],
    times: (row: R) => readonly [number, number],
    readonly before: number,
  ) {
    this.#rows = rows;
    this.#times = times;
    this.#row = rows[0] && times(rows[0]);
  }

  /** The next time; Infinity after the last. */
  get time(): number {
    return this.#row?.[this.#at % 2] ?? Infinity;
  }

  /** The next one's number in the document. */
  get slot(): number {
    return this.before + this.#at + 1;
  }

  advance(): void {
    this.#at++;
    if (this.#at % 2 !== 0) return;
    const row = this.#rows[this.#at / 2];
    this.#row = row && this.#times(row);
  }
}

/**
 * ELAN takes the slots' order for the order in time; their numbers are those of the annotations that use them. The tiers, each in
 * order already, are merged: a sort of all would be one long piece.
 */
function* timeOrder(
  tiers: readonly (readonly [name: string, rows: readonly Row[]])[],
  marks: readonly MarkerRow[],
  recording: Recording | undefined,
): Generator<string> {
  const cursors: Pick<TimeCursor<Row>, 'time' | 'slot' | 'advance'>[] = [];
  let count = 0;
  for (const [, rows] of tiers) {
    cursors.push(new TimeCursor(rows, windowOf, count), new TimeCursor(rows, (row) => apexOf(row, recording), count + 2 * rows.length));
    count += 4 * rows.length;
  }
  cursors.push(new TimeCursor(marks, windowOf, count));
  count += 2 * marks.length;
  for (let from = 0; from < count; from += 2 * ROWS_A_PIECE) {
    const lines: string[] = [];
    for (let i = from; i < Math.min(count, from + 2 * ROWS_A_PIECE); i++) {
      const first = cursors.reduce((best, cursor) => (cursor.time < best.time ? cursor : best));
      lines.push(`    <TIME_SLOT TIME_SLOT_ID="ts${String(first.slot)}" TIME_VALUE="${String(first.time)}"/>\n`);
      first.advance();
    }
    yield lines.join('');
  }
}

function typeXml({ id, constraint, vocabulary }: TierType): string {
  const attributes = [
    ...(constraint ? [`CONSTRAINTS="${constraint}"`] : []),
    ...(vocabulary ? [`CONTROLLED_VOCABULARY_REF="${vocabulary.id}"`] : []),
    'GRAPHIC_REFERENCES="false"',
    `LINGUISTIC_TYPE_ID="${id}"`,
    `TIME_ALIGNABLE="${String(constraint === undefined || constraint === 'Included_In')}"`,
  ];
  return `  <LINGUISTIC_TYPE ${attributes.join(' ')}/>`;
}

/** Adds a window, in the order of onsets, to the tier of its face and kind; to a further one where it overlaps with the last. */
function addRow(tiers: Map<string, Row[]>, source: EafSource, recording: Recording | undefined): void {
  const start = msOf(source.onset, recording);
  const row = { start, end: Math.max(start + 1, msOf(source.offset ?? source.apex, recording)), source };
  for (let lane = 1; ; lane++) {
    // ELAN compares annotators by tiers that differ in what stands before the first underscore.
    const coder = source.coder === undefined ? '' : `${source.coder}_`;
    const kind = source.rejected ? `${source.kind} rejected` : source.kind;
    const name = `${coder}${source.face} ${kind}${lane === 1 ? '' : ` (${String(lane)})`}`;
    const rows = tiers.get(name) ?? [];
    const last = rows.at(-1);
    if (last && last.end > row.start) continue;
    rows.push(row);
    tiers.set(name, rows);
    return;
  }
}

function windowOf({ start, end }: Pick<Row, 'start' | 'end'>): readonly [number, number] {
  return [start, end];
}

interface MarkerRow {
  readonly start: number;
  readonly end: number;
  readonly value: string;
}

/** Markers in order, each as long as a frame where the next one is not nearer: ELAN knows no moments, and no overlaps. */
function markerRows(markers: readonly Marker[], recording: Recording | undefined): MarkerRow[] {
  const sorted = markers.map((marker) => ({ marker, start: msOf(marker.t, recording) })).sort((a, b) => a.start - b.start);
  const frame = Math.max(1, Math.round((recording?.frame ?? 0.04) * 1000));
  let free = 0;
  return sorted.map(({ marker: { code, trial, stimulus }, start }, i) => {
    const from = Math.max(start, free);
    free = Math.max(from + 1, Math.min(from + frame, sorted[i + 1]?.start ?? Infinity));
    return { start: from, end: free, value: [code, trial, stimulus].filter(Boolean).join(' · ') };
  });
}

/** The apex's frame, within its window. */
function apexOf({ start, end, source }: Row, recording: Recording | undefined): readonly [number, number] {
  const from = Math.min(Math.max(start, msOf(source.apex, recording)), end - 1);
  return [from, Math.min(end, from + Math.max(1, Math.round((recording?.frame ?? 0.04) * 1000)))];
}

function msOf(seconds: number, recording: Recording | undefined): number {
  return Math.max(0, Math.round(((recording?.start ?? 0) + seconds * (recording?.pace ?? 1)) * 1000));
}
