import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import writeExcel from 'write-excel-file/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unitsOf } from './layouts/coded-rows.js';
import { DATASETS, loadDataset, type Dataset } from './mod.js';

/** A picture of 4 × 4 px: loaders list pictures, they don't look at them. */
const picture = await sharp({ create: { width: 4, height: 4, channels: 3, background: '#888' } })
  .png()
  .toBuffer();
let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mellm-set-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const put = (path: string, data: string | Buffer = picture): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), data);
};
const frames = (name: (n: number) => string, from: number, to: number): void => {
  for (let n = from; n <= to; n++) put(name(n));
};
type Cell = string | number | null;
const sheet = (rows: readonly (readonly Cell[])[], name = 'Sheet1') => ({
  sheet: name,
  data: rows.map((row) => row.map((value) => (value === null ? null : { value }))),
});
async function excel(path: string, ...sheets: ReturnType<typeof sheet>[]): Promise<void> {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  await writeExcel(sheets as never).toFile(join(root, path));
}

/** A small set in each published layout: one clip, or one video with two expressions. */
const LAYOUTS: Record<string, () => Promise<void>> = {
  casme2: async () => {
    await excel(
      'CASME2-coding-20190701.xlsx',
      sheet([
        ['Subject', 'Filename', '', 'OnsetFrame', 'ApexFrame', 'OffsetFrame', '', 'Action Units', 'Estimated Emotion'],
        ['01', 'EP02_01f', null, 46, 59, 86, null, 'R4+L7', 'Happiness'],
      ]),
    );
    frames((n) => `CASME2-RAW/sub01/EP02_01f/img${String(n)}.png`, 40, 90);
    frames((n) => `Cropped/sub01/EP02_01f/reg_img${String(n)}.png`, 46, 86);
  },
  samm: async () => {
    await excel(
      'SAMM_Micro_FACS_Codes_v2.xlsx',
      sheet([
        ['SAMM'],
        ['Please cite …'],
        [
          'Subject',
          'Filename',
          'Inducement Code',
          'Onset Frame',
          'Apex Frame',
          'Offset Frame',
          'Duration',
          'Micro',
          'Action Units',
          'Estimated Emotion',
        ],
        ['006', '006_1_2', 1, 5562, 5588, 5632, 71, 'Micro - 1/2', '4+7', 'Anger'],
      ]),
    );
    frames((n) => `SAMM/006/006_1_2/006_${String(n).padStart(5, '0')}.png`, 5562, 5632);
  },
  'samm-lv': async () => {
    await excel(
      'SAMM_LongVideos_V3_Release.xlsx',
      sheet([
        ['Notes'],
        ['Subject', 'Filename', 'Inducement Code', 'Onset', 'Apex', 'Offset', 'Duration', 'Type', 'Action Units', 'Notes'],
        ['006', '006_1_2', 1, 20, 40, 70, 51, 'Micro - 1/2', '4+7', null],
        ['006', '006_1_3', 1, 100, 160, 220, 121, 'Macro', '12', null],
      ]),
    );
    frames((n) => `SAMM_longvideos/006_1/006_1_${String(n).padStart(4, '0')}.png`, 1, 230);
  },
  'smic-hs': async () => {
    await excel(
      'HS_long/SMIC-HS-E_annotation_2019.xlsx',
      sheet([
        ['Subject', 'Filename', 'FirstF', 'OnsetF', 'OffsetF', 'LastF', 'Emotion'],
        ['1', 's01_ne_01', 181129, 181135, 181165, 181170, 'negative'],
      ]),
    );
    frames((n) => `HS_long/SMIC-HS-E/HS/s1/s1_ne_01/image${String(n)}.png`, 181129, 181170);
    frames((n) => `VIS_long/SMIC-VIS-E/VIS/s1/s1_ne_01/image${String(n)}.png`, 1, 10);
  },
  'smic-vis': async () => {
    put('VIS_long/SMIC-VIS-E_annotation.csv', 'Subject,Filename,FirstF,OnsetF,OffsetF,LastF,Emotion\n1,s1_ne_01,1,3,8,10,negative\n');
    frames((n) => `VIS_long/SMIC-VIS-E/VIS/s1/s1_ne_01/image${String(n)}.png`, 1, 10);
    return Promise.resolve();
  },
  'smic-nir': async () => {
    put('NIR_long/SMIC-NIR-E_annotation.csv', 'Subject,Filename,OnsetF,OffsetF,Emotion\n1,s1_po_01,3,8,positive\n');
    frames((n) => `NIR_long/SMIC-NIR-E/NIR/s1/s1_po_01/image${String(n)}.png`, 1, 10);
    return Promise.resolve();
  },
  'casme-sq': async () => {
    await excel(
      'CAS(ME)^2code_final.xlsx',
      sheet(
        [
          [1, 'disgust1_1', 20, 25, 30, '4+10', 'negative', 'micro-expression', 'disgust'],
          [1, 'disgust1_2', 40, 55, 0, '12', 'positive', 'macro-expression', 'happy'],
        ],
        'CASFEcode_final',
      ),
      sheet([['a', 's15', 1]], 'naming rule1'),
      sheet([['0101', 'disgust1']], 'naming rule2'),
    );
    frames((n) => `rawpic/s15/15_0101disgustingteeth/img${String(n)}.png`, 1, 60);
    frames((n) => `rawpic/s15/15_0102eatingworms/img${String(n)}.png`, 1, 60);
  },
  casme3: async () => {
    const head = ['Subject', 'Filename', 'Onset', 'Apex', 'Offset', 'AU', 'Objective class', 'emotion'];
    await excel(
      'annotation/cas(me)3_part_A_ME_label_JpgIndex_v2.xlsx',
      sheet([head, ['spNO.1', 'a', '20', '24', '30', '5', 'II', 'others']], 'label'),
    );
    await excel(
      'annotation/cas(me)3_part_A_MaE_label_JpgIndex_v2_emotion.xlsx',
      sheet([
        ['sub', 'seq', 'onset', 'apex', 'offset', 'au', 'emotion'],
        ['spNO.1', 'a', '40', '50', '60', '12', 'happy'],
      ]),
    );
    frames((n) => `data/part_A/spNo.1/a/color/${String(n)}.png`, 1, 70);
    frames((n) => `data/part_A/spNo.1/a/depth/${String(n)}.png`, 1, 70);
  },
  mmew: async () => {
    await excel(
      'MMEW_Micro_Exp.xlsx',
      sheet([
        ['Subject', 'Filename', 'OnsetFrame', 'ApexFrame', 'OffsetFrame', 'Action Units', 'Estimated Emotion', 'remarks'],
        [1, 'S01-01-001', 1, 6, 16, '4', 'anger', null],
      ]),
    );
    frames((n) => `Micro_Expression/anger/S01-01-001/${String(n)}.png`, 1, 20);
  },
  '4dme': async () => {
    await excel(
      '4DME_Labelling_Micro_release v1.xlsx',
      sheet([
        ["sub_ID'", "video_number'", "ME_number'", "subME_number'", 'Onset', 'Apex', 'Offset', 'Length', 'AUs', 'Emotion'],
        ["S02'", "001'", "01'", "1'", 2480, 2490, 2503, 24, 'AU4(k)+L7', 'Negative'],
        [null, null, null, null, 267, null, null, null, null, null],
      ]),
    );
    frames((n) => `gray_micro/S02_001_01_1/${String(n).padStart(3, '0')}.png`, 1, 24);
  },
  dfme: async () => {
    await excel(
      'training_full_with_AU.xlsx',
      sheet([
        ['Subject', 'Filename', 'OnsetFrame', 'ApexFrame', 'OffsetFrame', 'Emotion', 'EmotionId', 'Fps', 'AU'],
        ['sub0003', 'sub0003_01', 109, 199, 228, 'anger', 0, 500, 23],
      ]),
    );
    frames((n) => `DFME_train/sub0003_01/${String(n).padStart(5, '0')}.png`, 100, 230);
  },
  meinject: () => {
    put('test/c1.mp4', 'x');
    put('test/clips.csv', 'clip,person,source,condition,fps,seconds,split,face_px,codec\nc1,p1,still,quiet,30,15,test,200,h264\n');
    put(
      'test/truth.csv',
      'clip,person,source,condition,fps,kind,onset,apex,offset,peak_px,peak_px_200,aus,sides,what\nc1,p1,still,quiet,30,micro,2,2.2,2.5,1,0.9,1+12,B+L,\nc1,p1,still,quiet,30,blink,1,,1.3,,,,,\n',
    );
    return Promise.resolve();
  },
  videos: () => {
    put('a.mp4', 'x');
    put('b.webm', 'x');
    put(
      'b.json',
      JSON.stringify({
        expressions: [{ onset: 1, apex: 1.2, offset: 1.4, aus: ['AU12'], side: 'left' }],
        blinks: [{ start: 0.2, end: 0.4 }],
      }),
    );
    return Promise.resolve();
  },
};

/** What each layout's fixture comes to: clip, person, frame rate, and its truth in frames of that rate. */
const EXPECTED: Record<string, string[]> = {
  casme2: ['CASME2-RAW/sub01/EP02_01f sub01 @200: micro 6-19-46 AU4r AU7l happiness'],
  samm: ['SAMM/006/006_1_2 006 @200: micro 0-26-70 AU4b AU7b anger'],
  'samm-lv': ['SAMM_longvideos/006_1 006 @200: micro 19-39-69 AU4b AU7b, macro 99-159-219 AU12b'],
  'smic-hs': ['HS_long/SMIC-HS-E/HS/s1/s1_ne_01 s01 @100: micro 6-?-36 negative'],
  'smic-vis': ['VIS_long/SMIC-VIS-E/VIS/s1/s1_ne_01 s01 @25: micro 2-?-7 negative'],
  'smic-nir': ['NIR_long/SMIC-NIR-E/NIR/s1/s1_po_01 s01 @25: micro 2-?-7 positive'],
  'casme-sq': ['rawpic/s15/15_0101disgustingteeth s15 @30: micro 19-24-29 AU4b AU10b negative, macro 39-54-54 AU12b positive'],
  casme3: ['data/part_A/spNo.1/a/color spNO.1 @30: micro 19-23-29 AU5b others, macro 39-49-59 AU12b happy'],
  mmew: ['Micro_Expression/anger/S01-01-001 S01 @90: micro 0-5-15 AU4b anger'],
  '4dme': ['gray_micro/S02_001_01_1 S02 @60: micro 0-10-23 AU7l negative'],
  dfme: ['DFME_train/sub0003_01 sub0003 @500: micro 9-99-128 AU23b anger'],
  meinject: ['test/c1 p1 @1: blink 1-?-1.3, micro 2-2.2-2.5 AU1b AU12l'],
  videos: ['a.mp4 a.mp4 @1: ', 'b.webm b.webm @1: blink 0.2-?-0.4, micro 1-1.2-1.4 AU12l'],
};

const inWords = ({ clips }: Dataset): string[] =>
  clips.map(({ id, person, source, truth }) => {
    const fps = source.kind === 'images' ? source.fps : 1;
    const at = (seconds: number | undefined): string => (seconds === undefined ? '?' : String(Number((seconds * fps).toFixed(3))));
    const events = truth.map(({ kind, onset, apex, offset, aus, emotion }) =>
      [
        `${kind} ${at(onset)}-${at(apex)}-${at(offset)}`,
        ...aus.map(({ au, side }) => au + side.slice(0, 1)),
        ...(emotion === undefined ? [] : [emotion]),
      ].join(' '),
    );
    return `${id} ${person} @${String(fps)}: ${events.join(', ')}`;
  });

describe.each(Object.keys(DATASETS))('%s', (name) => {
  it('is read from its published layout', async () => {
    await LAYOUTS[name]?.();
    expect(inWords(await loadDataset(name, root))).toEqual(EXPECTED[name]);
  });

  it('says what an empty root lacks', async () => {
    await expect(loadDataset(name, root)).rejects.toMatchObject({ code: 'dataset_incomplete', message: expect.stringContaining(root) });
  });
});

describe('a set as it came out of an archive and a spreadsheet', () => {
  const table = 'Subject,Filename,OnsetF,OffsetF,Emotion\n1,s1_ne_01,3,8,negative\n';
  const semicolons = table.replaceAll(',', ';');
  const utf16 = (text: string): Buffer => Buffer.from(`\ufeff${text}`, 'utf16le');
  it.each<[string, string | Buffer]>([
    ['commas', table],
    ['semicolons', semicolons],
    ['a byte order mark', `\ufeff${semicolons}`],
    ['tabs in UTF-16', utf16(table.replaceAll(',', '\t'))],
    ['UTF-16 without a mark', utf16(table).subarray(2)],
    ['the old Windows code', Buffer.from(`${semicolons.trim()};\n2;Gr\xf6\xdfe;3;8;x\n`, 'latin1')],
  ])('is read with %s', async (_, content) => {
    put('SMIC-VIS-E_annotation.csv', content);
    frames((n) => `VIS/s1/s1_ne_01/image${String(n)}.bmp`, 1, 10);
    expect(inWords(await loadDataset('smic-vis', root))).toEqual(['VIS/s1/s1_ne_01 s01 @25: micro 2-?-7 negative']);
  });

  it('leaves what macOS put beside it', async () => {
    put('SMIC-VIS-E_annotation.csv', table);
    put('._SMIC-VIS-E_annotation.csv', 'x');
    put('__MACOSX/SMIC-VIS-E_annotation.csv', 'x');
    frames((n) => `SMIC-VIS-E/VIS/s1/s1_ne_01/image${String(n)}.tif`, 1, 10);
    frames((n) => `SMIC-VIS-E/VIS/s1/s1_ne_01/._image${String(n)}.tif`, 1, 10);
    frames((n) => `__MACOSX/SMIC-VIS-E/VIS/s1/s1_ne_01/._image${String(n)}.tif`, 1, 10);
    const { clips, notes } = await loadDataset('smic-vis', root);
    expect(clips.map(({ source }) => source.kind === 'images' && source.paths.length)).toEqual([10]);
    expect(notes).toEqual([]);
  });

  it('of videos takes what cameras write, and truth with a byte order mark or in UTF-16', async () => {
    for (const name of ['a.m4v', 'b.MTS', 'c.wmv', '._a.m4v']) put(name, 'x');
    const truth = '{"expressions":[{"onset":1,"offset":1.4}]}';
    put('a.json', `\ufeff${truth}`);
    put('b.json', utf16(truth));
    expect(inWords(await loadDataset('videos', root))).toEqual([
      'a.m4v a.m4v @1: micro 1-?-1.4',
      'b.MTS b.MTS @1: micro 1-?-1.4',
      'c.wmv c.wmv @1: ',
    ]);
  });

  it('reads decimal commas where the semicolon parts the cells', async () => {
    await LAYOUTS['meinject']?.();
    put(
      'test/truth.csv',
      'clip;person;source;condition;fps;kind;onset;apex;offset;peak_px;peak_px_200;aus;sides;what\nc1;p1;still;quiet;30;micro;2;2,2;2,5;1;0,9;1+12;B+L;\n',
    );
    expect(inWords(await loadDataset('meinject', root))).toEqual(['test/c1 p1 @1: micro 2-2.2-2.5 AU1b AU12l']);
  });
});

describe('a partial root', () => {
  it('without pictures names the first clip', async () => {
    await LAYOUTS['casme2']?.();
    rmSync(join(root, 'CASME2-RAW'), { recursive: true });
    rmSync(join(root, 'Cropped'), { recursive: true });
    await expect(loadDataset('casme2', root)).rejects.toThrow(/none of the 1 clips .*"sub01\/EP02_01f"/);
  });

  it('without some clips, or frames, is read with a note that names them', async () => {
    put(
      'MMEW_Micro_Exp.csv',
      'Subject,Filename,OnsetFrame,ApexFrame,OffsetFrame,Action Units,Estimated Emotion\n1,S01-01-001,1,6,16,4,anger\n1,S01-01-002,1,6,16,4,anger\n2,S02-01-001,1,6,16,4,anger\n',
    );
    frames((n) => `Micro_Expression/anger/S01-01-001/${String(n)}.png`, 1, 20);
    frames((n) => `Micro_Expression/anger/S02-01-001/${String(n)}.png`, 1, 10);
    const { clips, notes } = await loadDataset('mmew', root);
    expect(clips).toHaveLength(1);
    expect(notes.join('\n')).toMatch(/1 coded clips .*anger\/S01-01-002\n1 rows .*anger\/S02-01-001 \(frames 1 to 16\)/);
  });

  it('without some frames keeps their time, and says so', async () => {
    await LAYOUTS['casme2']?.();
    for (let n = 40; n <= 90; n++)
      if (![40, 46, 47, 59, 60, 86].includes(n)) rmSync(join(root, `CASME2-RAW/sub01/EP02_01f/img${String(n)}.png`));
    const set = await loadDataset('casme2', root);
    expect(inWords(set)).toEqual(EXPECTED['casme2']);
    expect(set.clips[0]?.source).toMatchObject({ frames: [0, 6, 7, 19, 20, 46] });
    expect(set.notes).toEqual(['41 pictures missing in CASME2-RAW/sub01/EP02_01f, first after img40: the gaps are kept in its times']);
  });

  it('without a frame of a clip that was cut out and numbered anew keeps its time', async () => {
    await LAYOUTS['4dme']?.();
    rmSync(join(root, 'gray_micro/S02_001_01_1/005.png'));
    const set = await loadDataset('4dme', root);
    expect(inWords(set)).toEqual(EXPECTED['4dme']);
    expect(set.notes.join()).toContain('1 picture missing in gray_micro/S02_001_01_1, first after 004');
  });

  it('with a table in the old format says how to go on', async () => {
    put('CASME2_label_Ver_2.xls', 'x');
    await expect(loadDataset('casme2', root)).rejects.toThrow(/CASME2_label_Ver_2\.xls is in Excel's old format; save it as/);
  });

  it('with a table of another kind names the headings', async () => {
    put('MMEW_Micro_Exp.csv', 'a,b\n1,2\n');
    await expect(loadDataset('mmew', root)).rejects.toThrow(/no heading row with .*onsetframe/);
  });

  it('of videos refuses impossible truth, and what is no JSON', async () => {
    await LAYOUTS['videos']?.();
    const refuses = async (truth: string, message: RegExp): Promise<void> => {
      put('a.json', truth);
      await expect(loadDataset('videos', root)).rejects.toMatchObject({
        code: 'dataset_invalid',
        message: expect.stringMatching(message) as string,
      });
    };
    await refuses(
      '{"expressions":[{"onset":3,"offset":2}]}',
      /a\.json is not valid ground truth: expressions\.0: it goes from 3 to 2 s; onset, apex and offset must follow one another/,
    );
    await refuses('{"expressions":[{"onset":1,"apex":2.5,"offset":2}]}', /from 1 over 2\.5 to 2 s/);
    await refuses('{"expressions":[{"onset":-1,"offset":2}]}', /expressions\.0\.onset/);
    await refuses('{"expressions":[],"blinks":[{"start":2,"end":1}]}', /blinks\.0: start must come before end/);
    await refuses('{"expressions":[', /a\.json is not valid JSON/);
  });

  it('of ME-Inject names the missing clip, and the impossible event', async () => {
    await LAYOUTS['meinject']?.();
    renameSync(join(root, 'test/c1.mp4'), join(root, 'test/c2.mp4'));
    await expect(loadDataset('meinject', root)).rejects.toThrow(/lacks the video of clip c1/);
    await expect(loadDataset('meinject', join(root, '..'))).rejects.toThrow(/training\/README\.md, section ME-Inject/);
    renameSync(join(root, 'test/c2.mp4'), join(root, 'test/c1.mp4'));
    put('test/truth.csv', 'clip,kind,onset,apex,offset,peak_px_200,aus,sides\nc1,micro,2,1.2,2.5,1,,\n');
    await expect(loadDataset('meinject', root)).rejects.toThrow(/must follow one another/);
  });
});

describe('unitsOf', () => {
  it.each([
    ['4+L7', 'AU4 both, AU7 left'],
    ['R12A', 'AU12 right'],
    ['AU4(k)+AUR2', 'AU2 right'],
    ['14 or 12', 'AU14 both, AU12 both'],
    ['', ''],
    ['12.0', 'AU12 both'],
  ])('reads %s', (text, expected) => {
    expect(
      unitsOf(text)
        .map(({ au, side }) => `${au} ${side}`)
        .join(', '),
    ).toBe(expected);
  });
});
