import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readCoding, type CodedWindow } from '../../src/events/coding/mod.js';
import { writeClip } from '../support/test-video.js';

/** docs/lab.md from the first command to the last, on two short recordings. */

const bin = fileURLToPath(new URL('../../bin/mellm-live.js', import.meta.url));
const sample = fileURLToPath(new URL('../../client/public/sample/sample.webm', import.meta.url));
const python = fileURLToPath(new URL('../../.cache/venv/bin/python', import.meta.url));
const scripts = fileURLToPath(new URL('.', import.meta.url));
const hasReaders = existsSync(python) && spawnSync(python, ['-c', 'import pandas, pympi, speach'], { stdio: 'ignore' }).status === 0;
if (!hasReaders) console.warn('pandas and pympi are not in .cache/venv (pip install -r tests/annotations/requirements.txt): not tested');

// Flow and text say nothing that is needed here.
const env = { ...process.env, MELLM_SKIP_BOOTSTRAP: '1', MELLM_FLOW_ENABLED: 'false' };
let folder = '';
const at = (...names: string[]): string => join(folder, ...names);

/** Runs a command in the lab's folder. */
async function mellm(args: readonly string[], onLine: (line: string, pid: number) => void = () => undefined) {
  const child = spawn(process.execPath, [bin, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], env });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString();
    for (const line of data.toString().split('\n')) onLine(line, child.pid!);
  });
  const [code] = (await once(child, 'close')) as [number];
  return { code, stdout, stderr };
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mellm-lab-'));
  for (const name of ['interviews', 'anna', 'ben']) mkdirSync(at(name));
  writeClip(at('interviews', 'empty.webm'), { codec: 'libvpx', width: 320, height: 240, frames: 50, fps: 25 });
  copyFileSync(sample, at('interviews', 'sample.webm'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

it('analyses a folder, interrupted and resumed', async () => {
  const analyze = ['analyze', 'interviews', '--out-dir', 'results', '--jobs', '1', '--format', 'eaf'];
  const broken = await mellm(analyze, (line, pid) => {
    if (line.startsWith('[1/2]')) process.kill(pid, 'SIGINT');
  });
  expect(broken.code).toBe(130);
  expect(await mellm(analyze)).toMatchObject({ code: 0, stderr: expect.stringContaining('already done') });
  expect(readdirSync(at('results'))).toEqual(expect.arrayContaining(['sample.eaf', 'sample.series.csv', 'report.html', 'summary.csv']));
});

it('compares two coders with each other and the machine', async () => {
  const found = readCoding(readFileSync(at('results', 'sample.eaf'), 'utf8'), 'machine').windows;
  expect(found.length).toBeGreaterThanOrEqual(3);
  const table = (windows: readonly CodedWindow[]): string =>
    ['onset,offset,kind', ...windows.map(({ onset, offset, kind }) => [onset, offset, kind].join(','))].join('\n');
  writeFileSync(at('anna', 'sample.csv'), table(found.slice(0, -1)));
  writeFileSync(at('ben', 'sample.csv'), table(found.slice(1)));
  for (const coder of ['anna', 'ben']) writeFileSync(at(coder, 'empty.csv'), 'onset,offset,kind\n0.5,0.8,micro\n');
  const { code, stdout } = await mellm(['agreement', 'results', 'anna', 'ben', '--duration', '14', '--json']);
  expect(code).toBe(0);
  const { pairs } = JSON.parse(stdout) as { pairs: { first: string; second: string; agreement: { windows: object } }[] };
  const both = found.length;
  expect(pairs.map(({ first, second, agreement: { windows } }) => ({ first, second, windows }))).toEqual([
    { first: 'results', second: 'anna', windows: { first: both, second: both, both: both - 1 } },
    { first: 'results', second: 'ben', windows: { first: both, second: both, both: both - 1 } },
    { first: 'anna', second: 'ben', windows: { first: both, second: both, both: both - 1 } },
  ]);
});

it.skipIf(!hasReaders)('is read by ELAN’s readers and by pandas', () => {
  const read = (script: string, file: string): unknown =>
    JSON.parse(execFileSync(python, [join(scripts, script), at('results', file)], { encoding: 'utf8' }));
  expect(read('read_eaf.py', 'sample.eaf')).toMatchObject({ pympi: { tiers: { 'f1 micro': expect.any(Array) } } });
  expect(read('read_series.py', 'sample.series.csv')).toMatchObject({ rows: 420 });
});

it('calibrates where there are reviews enough, and makes a training set split by person', async () => {
  const calibrate = ['calibrate', 'results', 'anna', 'ben', '--out', 'lab.json'];
  expect(await mellm(calibrate)).toMatchObject({ code: 1, stderr: expect.stringContaining('too few') });
  expect(await mellm([...calibrate, '--least-reviews', '2'])).toMatchObject({ code: 0 });
  expect(JSON.parse(readFileSync(at('lab.json'), 'utf8'))).toMatchObject({
    method: 'isotonic',
    reviews: { wrong: 2, coders: ['anna', 'ben'] },
  });

  const set = ['training-set', 'anna', '--videos', 'interviews', '--out', 'set'];
  expect(await mellm(set)).toMatchObject({ code: 0, stderr: expect.stringContaining('windows of anna') });
  const clips = ['train', 'val'].map((split) => readFileSync(at('set', split, 'clips.csv'), 'utf8'));
  expect(clips.map((text) => text.trimEnd().split('\r\n').length)).toEqual([2, 2]);
  expect(clips.join()).toContain('sample.webm');
});
