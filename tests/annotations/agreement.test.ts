import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { exportAnnotations } from '../../src/events/mod.js';
import { anAnnotation } from '../support/an-annotation.js';

/** `mellm-live agreement` as a lab runs it. */

const bin = fileURLToPath(new URL('../../bin/mellm-live.js', import.meta.url));
const python = fileURLToPath(new URL('../../.cache/venv/bin/python', import.meta.url));
const writer = fileURLToPath(new URL('./write_eaf.py', import.meta.url));
const hasPympi = existsSync(python) && spawnSync(python, ['-c', 'import pympi'], { stdio: 'ignore' }).status === 0;
if (!hasPympi) console.warn('pympi is not in .cache/venv (pip install -r tests/annotations/requirements.txt): not tested');

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mellm-agreement-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

function agreement(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, 'agreement', ...args], {
    encoding: 'utf8',
    env: { ...process.env, MELLM_SKIP_BOOTSTRAP: '1' },
  });
  return { status, stdout, stderr };
}

interface Pair {
  readonly first: string;
  readonly second: string;
  readonly agreement: { readonly windows: object; readonly f1: number; readonly kappaOfUnits: number };
  readonly saved?: object;
}
const pairsOf = (stdout: string): Pair[] => (JSON.parse(stdout) as { pairs: Pair[] }).pairs;

const findings = [
  anAnnotation('r-1', { onset: 1, apex: 1.1, offset: 1.35, score: 0.9, aus: [{ au: 'AU1', side: 'both', confidence: 1 }] }),
  anAnnotation('r-2', { onset: 9.2, apex: 9.9, offset: 11, kind: 'macro', score: 0.6 }),
  anAnnotation('r-3', { onset: 20, apex: 20.1, offset: 20.3, score: 0.3 }),
];
const BORIS = `Observation id,Behavior,Modifier #1,Start (s),Stop (s),Media file name
day1,micro,AU1,1.05,1.4,/videos/a.mp4
day1,macro,AU12,9,11,/videos/a.mp4
`;

it('compares coders by ELAN, BORIS and the machine, and says what the machine saves', () => {
  const machine = write('a.csv', exportAnnotations('csv', findings, { recording: { name: 'a.mp4', start: 0 } }));
  const coded = exportAnnotations('eaf', findings.slice(0, 2), { recording: { name: 'a.mp4', path: '/v/a.mp4', start: 0 } });
  // A person's copy of the tiers has no scores.
  const anna = write('anna.eaf', coded.replaceAll(/(f1 m\w+) score/g, '$1 note'));
  const ben = write('ben.csv', BORIS);
  const result = agreement(`machine=${machine}`, `anna=${anna}`, `ben=${ben}`, '--duration', '60', '--json');
  expect(result).toMatchObject({ status: 0, stderr: '' });
  const pairs = pairsOf(result.stdout);
  expect(pairs.map(({ first, second }) => [first, second])).toEqual([
    ['machine', 'anna'],
    ['machine', 'ben'],
    ['anna', 'ben'],
  ]);
  expect(pairs[1]).toMatchObject({
    agreement: { windows: { first: 3, second: 2, both: 2 }, f1: expect.closeTo(0.8, 10) },
    saved: { asked: 0.8, reached: { threshold: 0.6, shown: 2, recall: 1 } },
  });
  expect(pairs[2]).toMatchObject({ agreement: { windows: { both: 2 }, f1: 1 } });
  expect(pairs[2]?.saved).toBeUndefined();

  const text = agreement(`machine=${machine}`, `ben=${ben}`, '--duration', '60').stdout;
  expect(text).toContain('F1 0.80');
  expect(text).toMatch(/time saved +90 % at recall 1\.00: 2 windows of score >= 0\.600/);
});

it('takes a folder for a coder and its files for recordings', () => {
  mkdirSync(join(folder, 'anna'));
  mkdirSync(join(folder, 'results'));
  for (const name of ['a', 'b']) {
    write(join('anna', `${name}.csv`), 'onset,offset,kind\n1,1.4,micro\n');
    write(join('results', `${name}.csv`), exportAnnotations('csv', findings.slice(0, 1), { recording: { name: `${name}.mp4`, start: 0 } }));
    write(join('results', `${name}.series.csv`), 'frame\n1\n');
  }
  const { stdout } = agreement(join(folder, 'anna'), join(folder, 'results'), '--json');
  expect(pairsOf(stdout)).toMatchObject([{ first: 'anna', second: 'results', agreement: { windows: { first: 2, second: 2, both: 2 } } }]);
});

it('says what is wrong, and how to use it', () => {
  const one = write('one.csv', 'onset,offset\n1,2\n');
  expect(agreement(one)).toMatchObject({ status: 2, stderr: expect.stringContaining('two or more coders') });
  expect(agreement(one, join(folder, 'none.csv'))).toMatchObject({ status: 1, stderr: expect.stringContaining('cannot read') });
  expect(agreement(one, write('bad.eaf', '<?xml version="1.0"?><a'))).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('not an ELAN document'),
  });
  const many = write('many.csv', 'file,onset,offset\na,1,2\nb,1,2\n');
  expect(agreement(one, many)).toMatchObject({ status: 1, stderr: expect.stringContaining('add a column "file"') });
});

it.skipIf(!hasPympi)('reads what pympi writes', () => {
  const path = join(folder, 'pympi.eaf');
  execFileSync(python, [writer, path]);
  const ben = write('ben.csv', 'file,onset,offset,kind,aus\na.mp4,1.1,1.4,micro,1+2\na.mp4,5,5.4,micro,12\na.mp4,9,11,macro,L12\n');
  const [pair] = pairsOf(agreement(path, `ben=${ben}`, '--json').stdout);
  expect(pair).toMatchObject({ first: 'anna', agreement: { windows: { first: 3, second: 3, both: 3 }, f1: 1, kappaOfUnits: 1 } });
});
