import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, copyFileSync, existsSync, linkSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

/** `analyze` as a user runs it: what becomes of its files and of stdout. */

const bin = fileURLToPath(new URL('../../bin/mellm-live.js', import.meta.url));
const sample = fileURLToPath(new URL('../../client/public/sample/sample.webm', import.meta.url));
const env = { ...process.env, MELLM_SKIP_BOOTSTRAP: '1' };
let folder = '';
let video = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mellm-analyze-'));
  video = join(folder, 'interview.webm');
  copyFileSync(sample, video);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function run(args: readonly string[], stdout: 'ignore' | number = 'ignore'): Promise<{ code: number; stderr: string }> {
  const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', stdout, 'pipe'], env });
  const [stderr, [code]] = await Promise.all([text(child.stderr!), once(child, 'close') as Promise<[number]>]);
  return { code, stderr };
}

it('never writes over its input', async () => {
  const twin = join(folder, 'twin.webm');
  linkSync(video, twin);
  for (const out of [video, twin]) {
    const { code, stderr } = await run(['analyze', video, '--out', out, '--format', 'csv']);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/^mellm-live: --out .* is the input .* itself and would overwrite it; choose another file\n$/),
    });
  }
  const picture = join(folder, 'a.png');
  copyFileSync(sample, picture);
  expect((await run(['flow', picture, sample, '--out', join(folder, 'a.flo'), '--viz', picture])).code).toBe(2);
  expect(readFileSync(video)).toEqual(readFileSync(sample));
  expect(readFileSync(picture)).toEqual(readFileSync(sample));
});

it('goes by the ending, and refuses one that it does not know', async () => {
  const known = await run(['analyze', video, '--out', join(folder, 'R.CSV')]);
  expect(known.code).toBe(0);
  expect(readFileSync(join(folder, 'R.CSV'), 'utf8')).toMatch(/^id,face,kind,/);
  const unknown = await run(['analyze', video, '--out', join(folder, 'r.xlsx')]);
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('unknown extension .xlsx') });
  const named = await run(['analyze', video, '--out', join(folder, 'R.CSV'), '--format', 'eaf']);
  expect(named.code).toBe(0);
  expect(named.stderr).toContain('warning: ');
  expect(named.stderr).toMatch(/R\.CSV exists and will be overwritten/);
  expect(readFileSync(join(folder, 'R.CSV'), 'utf8')).toMatch(/^<\?xml/);
  expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
});

it.skipIf(!existsSync('/dev/full'))('tells of a full disk in one line, exit 1', async () => {
  const full = openSync('/dev/full', 'w');
  for (const { code, stderr } of [
    await run(['analyze', video], full),
    await run(['analyze', video, '--out', '/dev/full', '--format', 'jsonl']),
  ]) {
    expect(code).toBe(1);
    expect(stderr.match(/^mellm-live: .*$/gm)).toEqual([expect.stringMatching(/cannot write .* \(ENOSPC\); the disk is full/)]);
  }
  closeSync(full);
});

it('ends quietly when the reader of stdout leaves', async () => {
  const child = spawn(process.execPath, [bin, 'analyze', video], { stdio: ['ignore', 'pipe', 'pipe'], env });
  child.stdout.once('data', () => {
    child.stdout.destroy();
  });
  const [stderr, [code, signal]] = await Promise.all([text(child.stderr), once(child, 'exit') as Promise<[number | null, string | null]>]);
  expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
});
