import { describe, expect, it } from 'vitest';
import { headerPath, outputFormat, resultNames } from './output-format.js';

describe('outputFormat', () => {
  it.each([
    ['r.csv', 'csv'],
    ['R.CSV', 'csv'],
    ['r.Eaf', 'eaf'],
    ['r.json', 'json'],
    ['r.jsonl', 'jsonl'],
    ['r.NDJSON', 'jsonl'],
    ['sub-01_task-film_events.tsv', 'bids'],
    ['-', 'jsonl'],
  ])('%s is %s', (out, format) => {
    expect(outputFormat(out)).toEqual({ format });
  });

  it.each(['r.xlsx', 'r', 'r.txt', '.csv', 'folder.csv/r', 'r.constructor'])('refuses %s, unless the format is named', (out) => {
    expect(() => outputFormat(out)).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringMatching(/unknown extension.*--format/) as string }),
    );
    expect(outputFormat(out, 'csv')).toEqual({ format: 'csv' });
  });

  it('lets --format win, and warns where the ending says another', () => {
    expect(outputFormat('r.json', 'csv')).toEqual({
      format: 'csv',
      warning: 'r.json ends in .json but is written as csv, as set by --format',
    });
    expect(outputFormat('R.CSV', 'csv')).toEqual({ format: 'csv' });
    expect(outputFormat('-', 'eaf')).toEqual({ format: 'eaf' });
  });
});

it('puts the description of BIDS columns beside their table, and a header beside other results', () => {
  expect(headerPath('sub-01_task-film_events.tsv', 'bids')).toBe('sub-01_task-film_events.json');
  expect(headerPath('r.csv', 'csv')).toBe('r.csv.meta.json');
  expect(resultNames('film', 'bids')).toEqual({ result: 'film_events.tsv', description: 'film_events.json' });
  expect(resultNames('film', 'eaf')).toEqual({ result: 'film.eaf' });
});
