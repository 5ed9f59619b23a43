import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkNotWithin, checkOutputs } from './same-file.js';

let folder = '';
const at = (name: string): string => join(folder, name);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mellm-same-'));
  writeFileSync(at('a.mp4'), 'x');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const quiet = (): void => undefined;
const check = (...paths: string[]): Promise<void> =>
  checkOutputs(
    [at('a.mp4')],
    paths.map((path, i) => ({ option: i === 0 ? '--out' : '--viz', path })),
    quiet,
  );
const refused = expect.objectContaining({ name: 'CliError', exitCode: 2 }) as unknown;

it('refuses the input itself, however it is named', async () => {
  linkSync(at('a.mp4'), at('hard.mp4'));
  symlinkSync('a.mp4', at('soft.mp4'));
  mkdirSync(at('d'));
  symlinkSync('..', at('d/up'));
  for (const path of ['a.mp4', 'hard.mp4', 'soft.mp4', 'd/../a.mp4', 'd/up/a.mp4'])
    await expect(check(at(path)), path).rejects.toEqual(refused);
  await expect(check(relative(process.cwd(), at('a.mp4')))).rejects.toThrow(
    /--out .*a\.mp4 is the input .*a\.mp4 itself and would overwrite it/,
  );
  await expect(check(at('new.csv'), at('hard.mp4'))).rejects.toThrow(/--viz/);
});

it('refuses two outputs that are one file, there or not', async () => {
  await expect(check(at('new.flo'), at('./new.flo'))).rejects.toThrow(/--viz and --out name the same file/);
  writeFileSync(at('o.flo'), '');
  linkSync(at('o.flo'), at('p.flo'));
  await expect(check(at('o.flo'), at('p.flo'))).rejects.toEqual(refused);
  await check('/dev/null', '/dev/null');
});

it('takes others, and says which of them it replaces', async () => {
  writeFileSync(at('old.csv'), '');
  const said: string[] = [];
  await checkOutputs(
    [at('a.mp4')],
    [
      { option: '--out', path: at('old.csv') },
      { option: '--viz', path: at('new.csv') },
      { option: '--x', path: '-' },
    ],
    (line) => {
      said.push(line);
    },
  );
  expect(said).toEqual([`${at('old.csv')} exists and will be overwritten`]);
});

it('refuses a file of a folder that is read', async () => {
  mkdirSync(at('set'));
  writeFileSync(at('set/a.json'), '{}');
  await expect(checkNotWithin(at('set'), [{ option: '--windows', path: at('set/a.json') }])).rejects.toEqual(refused);
  await checkNotWithin(at('set'), [
    { option: '--windows', path: at('set/new.json') },
    { option: '--curve', path: at('a.mp4') },
  ]);
});
