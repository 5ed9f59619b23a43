import { numberIn, numberOr, readTable, type CodingRow, type TableOptions } from '../coding-table.js';
import type { Dataset } from '../dataset.js';
import { DatasetError } from '../dataset-error.js';
import { findFiles } from '../folders.js';
import { datasetOf, type CodedRow } from './coded-rows.js';

/** A data set whose coding table has a row an expression, under headings. */
interface TabledSet {
  readonly title: string;
  /** Its table, or tables of one form; and what to look for. */
  readonly table: RegExp;
  readonly like: string;
  readonly columns: TableOptions['columns'];
  readonly optional?: TableOptions['optional'];
  /** Folder ends and whatever differs, from a row; undefined: the row is passed over. */
  readonly row: (cells: CodingRow) => (Pick<CodedRow, 'folders' | 'person' | 'fps'> & Partial<Pick<CodedRow, 'kind'>>) | undefined;
}

const SUBJECT = ['subject', 'sub', 'subject code'] as const;
const FILE = ['filename', 'seq'] as const;
const ONSET = ['onset', 'onsetframe', 'onset frame', 'onsetf'] as const;
const APEX = ['apex', 'apexframe', 'apex frame', 'apexf'] as const;
const OFFSET = ['offset', 'offsetframe', 'offset frame', 'offsetf'] as const;
const UNITS = ['action units', 'aus', 'au'] as const;
const EMOTION = ['estimated emotion', 'emotion'] as const;
const EXPRESSION = [SUBJECT, FILE, ONSET, OFFSET] as const;
const MORE = [APEX, UNITS, EMOTION] as const;

const subject = (cells: CodingRow): string => cells['subject'] ?? '';
const file = (cells: CodingRow): string => cells['filename'] ?? '';
const plainSet = (title: string, table: RegExp, like: string, row: TabledSet['row']): TabledSet => ({
  title,
  table,
  like,
  columns: EXPRESSION,
  optional: MORE,
  row,
});

function smic(camera: 'HS' | 'VIS' | 'NIR', fps: number): TabledSet {
  return plainSet(`SMIC ${camera}`, new RegExp(`^SMIC[-_]${camera}.*annotation.*`, 'i'), `SMIC-${camera}-E_annotation.xlsx`, (cells) => {
    // Clips of the cameras have one name; the folder's tells them apart.
    const sets = [`SMIC-${camera}-E`, `SMIC_${camera}_E`, camera, `SMIC-${camera}-E/${camera}`];
    const person = `s${subject(cells).replace(/^s/i, '').padStart(2, '0')}`;
    return { folders: sets.flatMap((set) => [`${set}/${person}/${file(cells)}`]), person, fps };
  });
}

const SETS = {
  casme2: plainSet('CASME II', /^CASME2[-_](coding|label).*/i, 'CASME2-coding-20190701.xlsx', (cells) => {
    const person = `sub${subject(cells).padStart(2, '0')}`;
    return { folders: [`${person}/${file(cells)}`], person, fps: 200 };
  }),
  samm: plainSet('SAMM', /^SAMM.*Micro.*/i, 'SAMM_Micro_FACS_Codes_v2.xlsx', (cells) => {
    const person = subject(cells).padStart(3, '0');
    return { folders: [`${person}/${file(cells)}`], person, fps: 200 };
  }),
  'samm-lv': {
    ...plainSet('SAMM Long Videos', /^SAMM_?LongVideos.*/i, 'SAMM_LongVideos_V3_Release.xlsx', (cells) => {
      // 006_1_2 is the second expression of video 006_1.
      const [person = '', video = ''] = file(cells).split('_');
      const type = (cells['type'] ?? '').toLowerCase();
      return { folders: [`${person}_${video}`], person, fps: 200, kind: type.startsWith('macro') ? 'macro' : 'micro' };
    }),
    columns: [...EXPRESSION, ['type']],
  },
  'smic-hs': smic('HS', 100),
  'smic-vis': smic('VIS', 25),
  'smic-nir': smic('NIR', 25),
  mmew: plainSet('MMEW', /^MMEW_Micro.*/i, 'MMEW_Micro_Exp.xlsx', (cells) => ({
    folders: [`${cells['estimated emotion'] ?? ''}/${file(cells)}`, file(cells)],
    person: `S${subject(cells).replace(/^s/i, '').padStart(2, '0')}`,
    fps: 90,
  })),
  dfme: {
    ...plainSet('DFME', /^(DFME.*|training.*|train.*|test.*)/i, 'training_full_with_AU.xlsx', (cells) => ({
      folders: [file(cells)],
      person: subject(cells),
      fps: Number(cells['fps']),
    })),
    columns: [...EXPRESSION, ['fps']],
  },
  '4dme': {
    title: '4DME',
    table: /^4DME_Labelling_Micro.*/i,
    like: '4DME_Labelling_Micro_release v1.xlsx',
    columns: [['sub_id'], ['video_number'], ['me_number'], ['subme_number'], ONSET, OFFSET],
    optional: MORE,
    row: (cells) => {
      const parts = ['sub_id', 'video_number', 'me_number', 'subme_number'].map((column) => cells[column] ?? '');
      const name = parts.join('_');
      // The table ends in a row of sums.
      return parts[0] === '' || parts[1] === ''
        ? undefined
        : { folders: [name, name.replace('_', '_1st_')], person: /^s\d+/i.exec(name)?.[0].toUpperCase() ?? parts[0] ?? '', fps: 60 };
    },
  },
} as const satisfies Record<string, TabledSet>;

/** Names of the data sets that {@link readTabledSet} reads. */
export const TABLED_SETS = Object.keys(SETS) as (keyof typeof SETS)[];

/** Reads a data set by its coding table and finds its pictures. @throws {DatasetError} naming what is missing or wrong */
export async function readTabledSet(name: keyof typeof SETS, root: string): Promise<Dataset> {
  const set: TabledSet = SETS[name];
  const rows: CodedRow[] = [];
  for (const path of await tablesOf(root, set.title, set.table, set.like)) {
    for (const cells of await readTable(path, { columns: set.columns, ...(set.optional ? { optional: set.optional } : {}) })) {
      const row = codedRow(cells, path, set.row(cells));
      if (row) rows.push(row);
    }
  }
  return await datasetOf(name, set.title, root, rows);
}

/**
 * CAS(ME)³ part A: `…/spNO.1/a/color/355.jpg`, one table of micro-expressions and, where it is there, one of macro-expressions.
 */
export async function readCasme3(root: string): Promise<Dataset> {
  const micro = await tablesOf(root, 'CAS(ME)³', /^cas\(me\)3_part_A_ME_label.*/i, 'cas(me)3_part_A_ME_label_JpgIndex_v2.xlsx');
  const macro = await findFiles(root, tablePattern(/^cas\(me\)3_part_A_MaE_label.*/i));
  const rows: CodedRow[] = [];
  const add = async (path: string | undefined, kind: 'micro' | 'macro'): Promise<void> => {
    if (path === undefined) return;
    for (const cells of await readTable(path, { columns: EXPRESSION, optional: MORE })) {
      const clip = `${subject(cells)}/${file(cells)}`;
      const row = codedRow(cells, path, { folders: [`${clip}/color`, clip], person: subject(cells), fps: 30, kind });
      if (row) rows.push(row);
    }
  };
  await add(micro[0], 'micro');
  await add(macro[0], 'macro');
  const dataset = await datasetOf('casme3', 'CAS(ME)³', root, rows);
  return macro.length > 0
    ? dataset
    : {
        ...dataset,
        notes: [
          ...dataset.notes,
          'no table of macro-expressions (cas(me)3_part_A_MaE_label_JpgIndex_v2.xlsx): windows on them count as they are',
        ],
      };
}

function codedRow(cells: CodingRow, path: string, own: ReturnType<TabledSet['row']>): CodedRow | undefined {
  if (!own) return undefined;
  if (!(own.fps > 0)) throw new DatasetError('dataset_invalid', `${path}: clip ${own.folders[0] ?? ''} has no frame rate`);
  return {
    kind: 'micro',
    ...own,
    onset: numberIn(cells, 'onset', path),
    apex: numberOr(cells, 'apex'),
    offset: numberOr(cells, 'offset') ?? 0,
    aus: cells['action units'] ?? '',
    emotion: cells['estimated emotion'] ?? '',
  };
}

/** Paths of a data set's tables. @throws {DatasetError} `dataset_incomplete` where there is none */
export async function tablesOf(root: string, title: string, name: RegExp, like: string): Promise<string[]> {
  const found = await findFiles(root, tablePattern(name));
  if (found.length > 0) return found;
  const old = await findFiles(root, new RegExp(`${name.source}\\.xls$`, 'i'));
  if (old[0] !== undefined)
    throw new DatasetError('dataset_invalid', `${old[0]} is in Excel's old format; save it as .xlsx or .csv beside it`);
  throw new DatasetError(
    'dataset_incomplete',
    `${root} lacks the coding table of ${title}, a file like "${like}" (.xlsx or .csv); --root is the folder that holds table and pictures`,
  );
}

function tablePattern(name: RegExp): RegExp {
  return new RegExp(`${name.source}\\.(xlsx|csv)$`, 'i');
}
