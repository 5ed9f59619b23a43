import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeClip } from '../support/test-video.js';

/** `analyze --out-dir` as a lab runs it. */

const bin = fileURLToPath(new URL('../../bin/mellm-live.js', import.meta.url));
const sample = fileURLToPath(new URL('../../client/public/sample/sample.webm', import.meta.url));
let folder = '';
let out = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mellm-batch-'));
  out = join(folder, 'out');
  mkdirSync(join(folder, 'in', 'day 2'), { recursive: true });
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Recordings without a face, which take a moment; all different. */
function clip(name: string, frames: number): void {
  writeClip(join(folder, 'in', name), { codec: 'libvpx', width: 320, height: 240, frames, fps: 25 });
}

async function batch(
  args: readonly string[],
  onLine: (line: string, pid: number) => void = () => undefined,
): Promise<{ code: number; stderr: string }> {
  const child = spawn(process.execPath, [bin, 'analyze', ...args, '--out-dir', out], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, MELLM_SKIP_BOOTSTRAP: '1' },
  });
  let stderr = '';
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString();
    for (const line of data.toString().split('\n')) onLine(line, child.pid!);
  });
  const [code] = (await once(child, 'close')) as [number];
  return { code, stderr };
}
const summary = (): Record<string, string>[] => {
  const [head, ...rows] = readFileSync(join(out, 'summary.csv'), 'utf8')
    .trimEnd()
    .split('\r\n')
    .map((line) => line.split(','));
  return rows.map((row) => Object.fromEntries(row.map((cell, i) => [head![i]!, cell])));
};

it('goes on after a break, does nothing twice, and again what has changed', async () => {
  for (const [i, name] of ['a.webm', 'b.webm', join('day 2', 'a.webm'), 'c.webm'].entries()) clip(name, 20 + i);
  const broken = await batch([join(folder, 'in'), '--jobs', '1'], (line, pid) => {
    if (line.startsWith('[2/4]')) process.kill(pid, 'SIGINT');
  });
  expect(broken.code).toBe(130);
  expect(broken.stderr).toContain('run the same command again');
  expect(readdirSync(out).filter((name) => name.endsWith('.part'))).toEqual([]);
  const finished = readdirSync(out).filter((name) => name.endsWith('.meta.json'));
  expect(finished.length).toBeGreaterThanOrEqual(2);
  expect(finished.length).toBeLessThan(4);
  const past = new Date('2020-01-01');
  for (const name of finished) utimesSync(join(out, name), past, past);

  const resumed = await batch([join(folder, 'in'), '--jobs', '2']);
  expect(resumed).toMatchObject({ code: 0, stderr: expect.stringContaining(`${String(finished.length)} already done`) });
  for (const name of finished) expect(statSync(join(out, name)).mtimeMs).toBe(past.getTime());
  expect(
    summary()
      .map(({ state }) => state)
      .sort(),
  ).toEqual([...finished.map(() => 'skipped'), ...Array<string>(4 - finished.length).fill('done')].sort());
  expect(readdirSync(out).sort()).toEqual(
    [
      ...['a', 'b', 'c', 'day 2__a'].flatMap((stem) => ['csv', 'meta.json', 'series.csv'].map((end) => `${stem}.${end}`)),
      'report.html',
      'summary.csv',
    ].sort(),
  );

  clip('b.webm', 30);
  const changed = await batch([join(folder, 'in', '?.webm'), join(folder, 'in', 'day 2')]);
  expect(changed).toMatchObject({ code: 0, stderr: expect.stringContaining('1 analysed, 3 already done') });
});

it('reports what failed and goes on; leaves out what it has seen; says what it was made with', async () => {
  copyFileSync(sample, join(folder, 'in', 'sample.webm'));
  copyFileSync(sample, join(folder, 'in', 'twin.webm'));
  writeFileSync(join(folder, 'in', 'broken.mp4'), 'no video');
  const { code, stderr } = await batch([join(folder, 'in')]);
  expect(code).toBe(1);
  expect(stderr).toContain('1 analysed, 0 already done, 1 left out, 1 failed');
  const [broken, first, second] = summary();
  expect(broken).toMatchObject({ state: 'failed', note: expect.stringMatching(/\w/) });
  const done = first!['state'] === 'done' ? first! : second!;
  expect([first!['state'], second!['state']].sort()).toEqual(['done', 'duplicate']);
  expect(Number(done['micro'])).toBeGreaterThan(0);
  expect(Number(done['coverage'])).toBe(1);
  expect(Number(done['micro_per_minute'])).toBeCloseTo((60 * Number(done['micro'])) / Number(done['duration_s']), 1);
  const stem = done === first ? 'sample' : 'twin';
  const sidecar = JSON.parse(readFileSync(join(out, `${stem}.meta.json`), 'utf8')) as Record<string, unknown>;
  expect(sidecar).toMatchObject({
    complete: true,
    file: { sha256: done['sha256'] },
    made_with: { version: expect.any(String), settings: { 'spotting.method': 'learned' } },
    outputs: [`${stem}.csv`, `${stem}.series.csv`],
  });
  expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('sample.webm');
});

it('refuses what makes no sense', async () => {
  clip('a.webm', 5);
  expect(await batch([join(folder, 'in', '*.mov')])).toMatchObject({ code: 2, stderr: expect.stringContaining('no recordings in') });
  expect(await batch([join(folder, 'in', 'none.mov')])).toMatchObject({ code: 2, stderr: expect.stringContaining('does not exist') });
  expect(await batch([join(folder, 'in'), '--out', 'a.csv'])).toMatchObject({ code: 2 });
});
