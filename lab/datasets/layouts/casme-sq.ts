import { readSheetsOf } from '../coding-table.js';
import type { Dataset } from '../dataset.js';
import { DatasetError } from '../dataset-error.js';
import { datasetOf, type CodedRow } from './coded-rows.js';
import { tablesOf } from './tabled-sets.js';

/**
 * CAS(ME)²: `rawpic/s15/15_0101disgustingteeth/img1.jpg`, and a table of three sheets without headings: the codings (participant, video
 * and number, onset, apex, offset, action units, emotion, type), the participants' folders, and the videos' codes.
 */
export async function readCasmeSquared(root: string): Promise<Dataset> {
  const title = 'CAS(ME)²';
  const path = (await tablesOf(root, title, /^CAS\(ME\)\^?2code_final.*/i, 'CAS(ME)^2code_final.xlsx'))[0] ?? '';
  const sheets = await readSheetsOf(path);
  const [codings] = sheets;
  const people = sheets.find(({ sheet }) => /rule\s*1/i.test(sheet)) ?? sheets[1];
  const videos = sheets.find(({ sheet }) => /rule\s*2/i.test(sheet)) ?? sheets[2];
  if (!codings || !people || !videos)
    throw new DatasetError(
      'dataset_invalid',
      `${path} has ${String(sheets.length)} sheets; it needs the codings, "naming rule1" and "naming rule2" (a .csv holds one only: use the .xlsx)`,
    );
  const folderOf = new Map(people.rows.map((row) => [row[2] ?? '', row[1] ?? '']));
  const codeOf = new Map(videos.rows.map((row) => [(row[1] ?? '').toLowerCase(), row[0] ?? '']));
  const rows = codings.rows.flatMap((row): CodedRow[] => {
    const [participant = '', video = '', onset = '', apex = '', offset = '', aus = '', emotion = '', type = ''] = row;
    if (!Number.isFinite(Number(onset)) || onset === '') return [];
    const folder = folderOf.get(participant);
    const code = codeOf.get(video.replace(/_\d+$/, '').toLowerCase());
    if (folder === undefined || code === undefined) {
      throw new DatasetError(
        'dataset_invalid',
        `${path}: ${folder === undefined ? `participant ${participant} is not in "naming rule1"` : `video ${video} is not in "naming rule2"`}`,
      );
    }
    const person = folder.toLowerCase();
    return [
      {
        folders: [`${person}/${person.replace(/^s/, '')}_${code}*`],
        person,
        kind: /^micro/i.test(type) ? 'micro' : 'macro',
        fps: 30,
        onset: Number(onset),
        apex: Number(apex) > 0 ? Number(apex) : undefined,
        offset: Number(offset),
        aus,
        emotion,
      },
    ];
  });
  return await datasetOf('casme-sq', title, root, rows);
}
