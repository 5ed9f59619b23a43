import { expect, it } from 'vitest';
import { exportAnnotations } from '../mod.js';
import { anAnnotation } from '../../../tests/support/an-annotation.js';
import { recordingName, type CodedWindow } from './coded-window.js';
import { readCoding } from './read-coding.js';

const readCodedWindows = (text: string, name: string): readonly CodedWindow[] => readCoding(text, name).windows;

const table = (...rows: string[]): string => ['file,onset,apex,offset,kind,aus', ...rows].join('\n');

it('reads a table, and says which row is wrong', () => {
  expect(readCodedWindows(table("rec/a.mp4,1,1.1,1.4,micro,AU1+'L12C"), 'anna.csv')).toEqual([
    { coder: 'anna.csv', file: 'a', onset: 1, apex: 1.1, offset: 1.4, kind: 'micro', aus: ['1', 'L12'] },
  ]);
  expect(readCodedWindows('coder,onset,offset,score,file_start,emotion\nben,1,2,0.5,0.25,positive\n', 'x.csv')).toEqual([
    { coder: 'ben', file: '', onset: 1.25, offset: 2.25, kind: 'expression', aus: [], score: 0.5, category: 'positive' },
  ]);
  expect(() => readCodedWindows(table('a,2,,1,micro,'), 'c.csv')).toThrow('c.csv, row 2: needs an onset');
  expect(() => readCodedWindows('"a', 'd.csv')).toThrow('d.csv is not a CSV table');
});

it('reads aggregated events of BORIS: modifiers and behaviours within a window belong to it', () => {
  const boris = `Observation id,Subject,Behavior,Behavioral category,Modifier #1,Behavior type,Start (s),Stop (s),Media file name
day1,,micro,,AU1|L12,STATE,1.2,1.5,/videos/day1.mp4
day1,,AU4,,None,STATE,1.25,1.45,/videos/day1.mp4
day1,,apex,,None,POINT,1.3,1.3,/videos/day1.mp4
day1,,AU26,,None,STATE,5,6,/videos/day1.mp4
`;
  expect(readCodedWindows(boris, 'b.csv')).toEqual([
    { coder: 'b.csv', file: 'day1', onset: 1.2, apex: 1.3, offset: 1.5, kind: 'micro', aus: ['1', 'L12', '4'] },
    { coder: 'b.csv', file: 'day1', onset: 5, offset: 6, kind: 'expression', aus: ['26'] },
  ]);
});

it('reads tabular events of BORIS, with the description that older versions write above', () => {
  const row = (time: string, behavior: string, status: string): string => [time, 'day1.mp4', behavior, status].join('\t');
  const older = ['Observation id\tday1', '', row('Time', 'Behavior', 'Status').replace('day1.mp4', 'Media file path')];
  const events = [row('1.2', 'micro', 'START'), row('1.3', 'apex', 'POINT'), row('1.5', 'micro', 'STOP')];
  expect(readCodedWindows([...older, ...events].join('\n'), 'b.tsv')).toEqual([
    { coder: 'b.tsv', file: 'day1', onset: 1.2, apex: 1.3, offset: 1.5, kind: 'micro', aus: [] },
  ]);
  const newer = events.join('\n').replaceAll('\t', ',');
  expect(readCodedWindows(`Time,Media file name,Behavior,Behavior type\n${newer}`, 'b.csv')).toHaveLength(1);
  expect(() => readCodedWindows([...older, events[2]].join('\n'), 'b.tsv')).toThrow('micro stops without a start');
  expect(() => readCodedWindows([...older, events[0]].join('\n'), 'b.tsv')).toThrow('micro never stops');
});

const eaf = (tiers: string): string => `<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT FORMAT="3.0"><HEADER><MEDIA_DESCRIPTOR MEDIA_URL="file:///v/Gr&#246;&#223;e &amp; co.mp4"/></HEADER>
<TIME_ORDER><TIME_SLOT TIME_SLOT_ID="t1" TIME_VALUE="1000"/><TIME_SLOT TIME_SLOT_ID="t2" TIME_VALUE="1400"/>
<TIME_SLOT TIME_SLOT_ID="t3"/></TIME_ORDER>${tiers}</ANNOTATION_DOCUMENT>`;
const aligned = (value: string, to = 't2'): string =>
  `<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a1" TIME_SLOT_REF1="t1" TIME_SLOT_REF2="${to}"><ANNOTATION_VALUE>${value}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>`;

it("takes a coder's tier for the coder, and what an annotation says for kind, units and category", () => {
  const tiers = `<TIER TIER_ID="Anna">${aligned('AU1+2 surprise')}</TIER>
<TIER TIER_ID="f1 micro ben">${aligned('')}</TIER>
<TIER TIER_ID="x" ANNOTATOR="Cy">${aligned('micro, 12')}${aligned('unaligned', 't3')}</TIER>`;
  const window = { file: 'Größe & co', onset: 1, offset: 1.4 };
  expect(readCodedWindows(eaf(tiers), 'n.eaf')).toEqual([
    { ...window, coder: 'ben', kind: 'micro', aus: [] },
    { ...window, coder: 'Cy', kind: 'micro', aus: ['12'] },
    { ...window, coder: 'Anna', kind: 'expression', aus: ['1', '2'], category: 'surprise' },
  ]);
});

it('reads what this program writes, without its markers and its text', () => {
  const annotations = [
    anAnnotation('r-1', { onset: 1, apex: 1.1, offset: 1.3, score: 0.75, text: 'AU4 is seen' }),
    anAnnotation('r-2', { face: 'f2', onset: 1.05, apex: 1.1, offset: null, score: 0.5 }),
  ];
  const windows = readCodedWindows(exportAnnotations('eaf', annotations, { recording: { name: 'v.mp4', path: '/v.mp4', start: 2 } }), 'm');
  expect(windows).toEqual([
    expect.objectContaining({ coder: 'm', file: 'v', onset: 3, apex: 3.1, offset: 3.3, kind: annotations[0]!.kind, score: 0.75 }),
    expect.objectContaining({ coder: 'm', onset: 3.05, score: 0.5 }),
  ]);
});

it('leaves out what a coder rejected, not the coder', () => {
  const csv = 'coder,verdict,onset,offset\n,,1,2\nanna,accepted,1,2\nanna,rejected,3,4\nben,rejected,1,2\n';
  expect(readCoding(csv, 'r.csv')).toMatchObject({
    coders: ['machine', 'anna', 'ben'],
    windows: [
      { coder: 'machine', onset: 1 },
      { coder: 'anna', onset: 1 },
    ],
  });
  const tiers = `<TIER TIER_ID="anna_f1 micro">${aligned('micro')}</TIER><TIER TIER_ID="ben_f1 micro rejected">${aligned('micro')}</TIER>`;
  expect(readCoding(eaf(tiers), 'r.eaf')).toMatchObject({ coders: ['anna', 'ben'], windows: [{ coder: 'anna' }] });
});

it('refuses XML that is not an ELAN document', () => {
  expect(() => readCodedWindows('<?xml version="1.0"?><html></html>', 'x.eaf')).toThrow('x.eaf is not an ELAN document');
  expect(() => readCodedWindows('<?xml version="1.0"?><ANNOTATION_DOCUMENT><', 'x.eaf')).toThrow('x.eaf is not an ELAN document');
});

it('reads events of BIDS: windows by their duration, without markers', () => {
  const header = 'onset\tduration\ttrial_type\tvalue\tapex\tscore\taction_units\tcategory\tannotation';
  const rows = ['1.2\t0.3\tmicro\tn/a\t1.3\t0.9\tL12\tpositive\ts-1', '2\t0\tmarker\tgo\tn/a\tn/a\tn/a\tn/a\tm1'];
  expect(readCodedWindows([header, ...rows].join('\n'), 'film_events.tsv')).toEqual([
    {
      coder: 'film_events.tsv',
      id: 's-1',
      file: '',
      onset: 1.2,
      apex: 1.3,
      offset: 1.5,
      kind: 'micro',
      aus: ['L12'],
      category: 'positive',
      score: 0.9,
    },
  ]);
  expect(recordingName('results/film_events.tsv')).toBe('film');
});
