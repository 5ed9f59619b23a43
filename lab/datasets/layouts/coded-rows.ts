import { picturesIn, byNumber } from '../folders.js';
import { numberingOf, type Numbering } from '../numbering.js';
import { pictureFolders, plain, type PictureFolder } from '../picture-folders.js';
import type { CodedUnit, Dataset, DatasetClip, TruthEvent } from '../dataset.js';
import { DatasetError } from '../dataset-error.js';

/** One row of a coding table, brought to one form. Frames are numbers as the picture files have them. */
export interface CodedRow {
  /** Ends of the clip's folder path, any of which will do: `sub01/EP02_01f`. A `*` at the end stands for any further letters. */
  readonly folders: readonly string[];
  readonly person: string;
  readonly kind: 'micro' | 'macro';
  readonly onset: number;
  readonly apex?: number | undefined;
  readonly offset: number;
  readonly aus: string;
  readonly emotion: string;
  readonly fps: number;
  readonly groups?: Readonly<Record<string, string>>;
}

/** Clips that a note names, and clips with a note of their own. */
const NAMED = 5;

/**
 * Finds the pictures of coded rows. Clips that are not there, and rows whose frames are not, are left out with a note that names them.
 *
 * @throws {DatasetError} `dataset_incomplete` where none is there
 */
export async function datasetOf(name: string, title: string, root: string, rows: readonly CodedRow[]): Promise<Dataset> {
  const folders = await pictureFolders(root);
  const byFolder = new Map<string, CodedRow[]>();
  const missing: string[] = [];
  for (const row of rows) {
    const folder = folderOf(folders, row.folders);
    if (!folder) missing.push(row.folders[0] ?? '');
    else byFolder.set(folder.path, [...(byFolder.get(folder.path) ?? []), row]);
  }
  if (byFolder.size === 0) {
    throw new DatasetError(
      'dataset_incomplete',
      `${root} holds none of the ${String(rows.length)} clips that the coding table of ${title} lists: no folder with pictures ends in "${missing[0] ?? ''}"; --root is the folder that holds table and pictures`,
    );
  }
  const clips: DatasetClip[] = [];
  const unplaced: string[] = [];
  const odd: string[] = [];
  for (const [path, coded] of [...byFolder].sort(([a], [b]) => byNumber(a, b))) {
    const paths = await picturesIn(path);
    const first = coded[0];
    if (!first) continue;
    const numbering = numberingOf(paths);
    const place = placesOf(numbering, coded);
    const truth: TruthEvent[] = [];
    for (const row of coded) {
      const event = eventOf(row, place);
      if (event) truth.push(event);
      else unplaced.push(`${first.folders[0] ?? ''} (frames ${String(row.onset)} to ${String(row.offset)})`);
    }
    if (truth.length === 0) continue;
    const id = path
      .slice(root.length)
      .replace(/^[\\/]+/, '')
      .replaceAll('\\', '/');
    odd.push(...numbering.notes.map((said) => said.replace('CLIP', () => id)));
    clips.push({
      id,
      person: first.person,
      source: { kind: 'images', paths, fps: first.fps, frames: numbering.frames },
      truth: truth.sort((a, b) => a.onset - b.onset),
      groups: first.groups ?? {},
    });
  }
  return {
    name,
    clips,
    notes: [
      ...note('coded clips are not there and left out', missing),
      ...note('rows name frames that are not there, or in no order, and are left out', unplaced),
      ...few(odd),
    ],
  };
}

function note(what: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const unique = [...new Set(names)];
  return [`${String(names.length)} ${what}: ${unique.slice(0, NAMED).join(', ')}${unique.length > NAMED ? ', …' : ''}`];
}

/** The first notes, and how many there are more. */
function few(notes: readonly string[]): string[] {
  return notes.length <= NAMED
    ? [...notes]
    : [...notes.slice(0, NAMED), `${String(notes.length - NAMED)} more notes of this kind, on other clips`];
}

/** Of several folders with the same end, the one that is not of cropped pictures. */
function folderOf(folders: readonly PictureFolder[], ends: readonly string[]): PictureFolder | undefined {
  for (const end of ends) {
    const parts = end.split('/').map(plain);
    const found = folders.filter(
      ({ names }) => names.length >= parts.length && parts.every((part, i) => fits(names[names.length - parts.length + i] ?? '', part)),
    );
    if (found.length > 0) return found.find(({ path }) => !/crop/i.test(path)) ?? found[0];
  }
  return undefined;
}

function fits(name: string, part: string): boolean {
  if (!part.endsWith('*')) return name === part;
  const begin = part.slice(0, -1);
  return name.startsWith(begin) && !/^\d/.test(name.slice(begin.length));
}

/** Frame of the clip that a coded frame number is. */
function placesOf({ frames, frameOf }: Numbering, rows: readonly CodedRow[]): Numbering['frameOf'] {
  const only = rows.length === 1 ? rows[0] : undefined;
  const last = frames.at(-1) ?? 0;
  // A folder cut out from onset to offset and numbered anew.
  if (only && frameOf(only.onset) === undefined && Math.abs(last - (only.offset - only.onset)) <= 1) {
    return (frame) => Math.min(last, frame - only.onset);
  }
  return frameOf;
}

function eventOf(
  { kind, onset, apex, offset, aus, emotion, fps }: CodedRow,
  place: (frame: number) => number | undefined,
): TruthEvent | undefined {
  const first = place(onset);
  // Coders that gave no offset are taken to mean the apex (MEGC does the same).
  const last = place(offset === 0 && apex !== undefined ? apex : offset);
  const top = apex === undefined ? undefined : place(apex);
  if (first === undefined || last === undefined || last <= first || (top !== undefined && (top < first || top > last))) return undefined;
  return {
    kind,
    onset: first / fps,
    offset: last / fps,
    aus: unitsOf(aus),
    ...(top === undefined ? {} : { apex: top / fps }),
    ...(emotion === '' ? {} : { emotion: emotion.toLowerCase() }),
  };
}

/** `4+L7`, `R12A`, `AU1 or 2`: each with its side; those marked `(k)` were there all along and are left out. */
export function unitsOf(text: string): CodedUnit[] {
  return text.split(/[+,;&/]|\bor\b|\band\b/i).flatMap((part) => {
    const unit = /(?:AU)?\s*([LR])?\s*(?:AU)?(\d{1,2})/i.exec(part);
    if (!unit || /\(k\)/i.test(part)) return [];
    const side = unit[1]?.toUpperCase();
    return [
      {
        au: `AU${String(Number(unit[2]))}`,
        side: side === 'L' ? ('left' as const) : side === 'R' ? ('right' as const) : ('both' as const),
      },
    ];
  });
}
