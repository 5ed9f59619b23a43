import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkOutputFile, checkOutputFolder, writeOutput } from './output-file.js';

let folder = '';
const at = (name: string): string => join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mellm-out-'));
  writeFileSync(at('a.png'), 'x');
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('checkOutputFile', () => {
  it('takes what can be written, and writes nothing', async () => {
    await checkOutputFile('--curve', at('a.png'), ['.svg', '.png']);
    await checkOutputFile('--curve', at('new.SVG'), ['.svg', '.png']);
    expect(readFileSync(at('a.png'), 'utf8')).toBe('x');
    await writeOutput(at('new.svg'), 'y');
  });

  it('refuses another ending, no folder, a folder itself', async () => {
    await expect(checkOutputFile('--curve', at('a.jpg'), ['.svg', '.png'])).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('ends in .svg or .png') as string,
    });
    await expect(checkOutputFile('--curve', at('no/a.png'), ['.png'])).rejects.toMatchObject({
      name: 'CliError',
      exitCode: 1,
      message: expect.stringMatching(/^cannot write .*no\/a\.png \(ENOENT\); check the folder/) as string,
    });
    await expect(checkOutputFile('--curve', at('a.png/b.png'), ['.png'])).rejects.toMatchObject({
      name: 'CliError',
      message: expect.stringContaining('ENOTDIR') as string,
    });
    await expect(writeOutput(at('no/a.png'), 'y')).rejects.toMatchObject({ name: 'CliError' });
  });
});

describe('checkOutputFolder', () => {
  it('takes a folder, or one that can be made; no file', async () => {
    await checkOutputFolder('--signals', folder);
    await checkOutputFolder('--signals', at('b/c'));
    await expect(checkOutputFolder('--signals', at('a.png'))).rejects.toMatchObject({
      name: 'CliError',
      message: expect.stringContaining('it is a file') as string,
    });
    await expect(checkOutputFolder('--signals', at('a.png/b'))).rejects.toMatchObject({
      message: expect.stringContaining('a.png is a file') as string,
    });
  });
});
