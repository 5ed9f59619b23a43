import { join } from 'node:path';
import { readTable, numberIn, numberOr, type CodingRow } from '../coding-table.js';
import type { CodedUnit, Dataset, DatasetClip, TruthEvent } from '../dataset.js';
import { DatasetError } from '../dataset-error.js';
import { exists, foldersIn, videosIn } from '../folders.js';

const CLIP_COLUMNS = ['clip', 'person', 'source', 'condition', 'fps', 'seconds', 'split', 'face_px'];
/** In the column of action units: the person's own movement. */
const OWN = 'real';
const SYNTHETIC =
  'ME-Inject is synthetic: its micro-expressions were made and laid on portraits and clips; results on it say nothing about recorded data sets';
const TRUTH_COLUMNS = ['clip', 'kind', 'onset', 'apex', 'offset', 'peak_px_200', 'aus', 'sides'];

/**
 * ME-Inject (training/README.md, section ME-Inject): `SPLIT/CLIP.mp4`, `SPLIT/clips.csv` with a row a clip, `SPLIT/truth.csv` with a row an
 * event.
 * `root` is the folder of the splits, or one split's own.
 */
export async function readMeInject(root: string): Promise<Dataset> {
  const splits = (await exists(join(root, 'truth.csv'))) ? [''] : await foldersIn(root);
  const clips: DatasetClip[] = [];
  for (const split of splits) {
    if (split !== '' && !(await exists(join(root, split, 'truth.csv')))) continue;
    clips.push(...(await readSplit(join(root, split))));
  }
  if (clips.length === 0) {
    throw new DatasetError(
      'dataset_incomplete',
      `${root} is not an ME-Inject folder: no truth.csv in it or in its subfolders; training/README.md, section ME-Inject, shows how to create one`,
    );
  }
  return { name: 'meinject', clips, synthetic: true, notes: [SYNTHETIC] };
}

async function readSplit(folder: string): Promise<DatasetClip[]> {
  const clipsPath = join(folder, 'clips.csv');
  const truthPath = join(folder, 'truth.csv');
  if (!(await exists(clipsPath)))
    throw new DatasetError(
      'dataset_incomplete',
      `${clipsPath} is missing: it says which clips there are, those without any event included`,
    );
  const rows = await readTable(clipsPath, { columns: CLIP_COLUMNS.map((name) => [name]) });
  const truths = new Map<string, TruthEvent[]>();
  for (const row of await readTable(truthPath, { columns: TRUTH_COLUMNS.map((name) => [name]) })) {
    const clip = row['clip'] ?? '';
    const event = eventOf(row, truthPath);
    if (event) truths.set(clip, [...(truths.get(clip) ?? []), event]);
  }
  const videos = new Map((await videosIn(folder)).map((path) => [path.replace(/^.*[\\/]|\.\w+$/g, ''), path]));
  return rows.map((row) => {
    const clip = row['clip'] ?? '';
    const path = videos.get(clip);
    if (path === undefined)
      throw new DatasetError('dataset_incomplete', `${folder} lacks the video of clip ${clip}, which clips.csv lists`);
    const split = row['split'] ?? '';
    return {
      id: `${split}/${clip}`,
      person: row['person'] ?? '',
      source: { kind: 'video', path },
      truth: (truths.get(clip) ?? []).sort((a, b) => a.onset - b.onset),
      groups: {
        condition: row['condition'] ?? '',
        fps: String(Math.round(numberIn(row, 'fps', clipsPath))),
        source: row['source'] ?? '',
        split,
      },
    };
  });
}

/** The event of a row; undefined of a nuisance whose times the truth does not say. */
function eventOf(row: CodingRow, path: string): TruthEvent | undefined {
  const kind = row['kind'] ?? '';
  const isExpression = kind === 'micro' || kind === 'macro';
  const onset = isExpression ? numberIn(row, 'onset', path) : numberOr(row, 'onset');
  const offset = isExpression ? numberIn(row, 'offset', path) : numberOr(row, 'offset');
  if (onset === undefined || offset === undefined) return undefined;
  const apex = numberOr(row, 'apex');
  const peak = numberOr(row, 'peak_px_200');
  if (isExpression && !(offset > onset && (apex === undefined || (apex >= onset && apex <= offset)))) {
    throw new DatasetError(
      'dataset_invalid',
      `${path}: an event of clip ${row['clip'] ?? ''} goes from ${String(onset)} over ${String(apex)} to ${String(offset)} s; onset, apex and offset must follow one another`,
    );
  }
  // What the people of real clips did of themselves was seen by thresholds on landmarks, not made.
  const rough = row['aus'] === OWN;
  return {
    kind,
    onset,
    offset,
    aus: rough ? [] : unitsOf(row['aus'] ?? '', row['sides'] ?? ''),
    ...(rough ? { rough } : {}),
    ...(apex === undefined ? {} : { apex }),
    ...(peak === undefined ? {} : { peak }),
  };
}

const SIDES: Readonly<Record<string, CodedUnit['side']>> = { L: 'left', R: 'right', left: 'left', right: 'right' };

/** `1+12` with `B+L`: a side for each unit, or one for all. */
function unitsOf(aus: string, sides: string): CodedUnit[] {
  const side = sides.split('+');
  return aus
    .split('+')
    .filter((au) => au !== '')
    .map((au, i) => ({ au: /^\d/.test(au) ? `AU${au}` : au, side: SIDES[side[i] ?? side[0] ?? ''] ?? 'both' }));
}
