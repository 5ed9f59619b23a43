import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const bin = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const sample = fileURLToPath(new URL('../../client/public/sample/sample.webm', import.meta.url));
let root = '';

/** The command line, as `bin/mellm-live.js` runs it. */
async function cli(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const script = `import(${JSON.stringify(bin)}).then(({ main }) => main(process.argv.slice(1)).then(undefined), (e) => { console.error(e); process.exit(9); })`;
  try {
    return { code: 0, ...await promisify(execFile)(process.execPath, ['-e', script, '--', process.execPath, 'mellm-live', ...args]) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'mellm-eval-'));
  const test = join(root, 'set', 'test');
  mkdirSync(test, { recursive: true });
  const known = JSON.parse(readFileSync(sample.replace('.webm', '.json'), 'utf8')) as { duration: number; expressions: { aus: string[]; side: string; onset: number; apex: number; offset: number; peak: number }[] };
  cpSync(sample, join(test, 'c1.webm'));
  writeFileSync(join(test, 'clips.csv'), `clip,person,source,condition,fps,seconds,split,face_px\nc1,p1,render,quiet,30,${String(known.duration)},test,200\n`);
  const rows = known.expressions.map(({ aus, side, onset, apex, offset, peak }) => `c1,p1,render,quiet,30,micro,${[onset, apex, offset, peak, peak].join(',')},${aus.join('+')},${side}`);
  writeFileSync(join(test, 'truth.csv'), `clip,person,source,condition,fps,kind,onset,apex,offset,peak_px,peak_px_200,aus,sides\n${rows.join('\n')}\n`);
});
afterAll(() => { rmSync(root, { recursive: true, force: true }); });

describe('eval spotting', () => {
  it('finds the sample\'s expressions, keeps what was measured, draws the curve', async () => {
    const args = ['eval', 'spotting', '--dataset', 'meinject', '--root', join(root, 'set'), '--signals', join(root, 'signals'), '--curve', join(root, 'curve.svg'), '--json'];
    const first = await cli(...args);
    expect(first.stderr).toBe('');
    const { spotters } = JSON.parse(first.stdout) as { spotters: { rule: { all: { micro: { hits: number; misses: number }; apex: { median: number }; latency: { p95: number } } } } };
    expect(spotters.rule.all.micro).toMatchObject({ hits: 4, misses: 0 });
    expect(spotters.rule.all.apex.median).toBeLessThan(50);
    expect(spotters.rule.all.latency.p95).toBeLessThan(200);
    expect(readdirSync(join(root, 'signals')).sort()).toEqual(['test_c1.clip.json', 'test_c1.f1.signals']);
    expect(readFileSync(join(root, 'curve.svg'), 'utf8')).toContain('<polyline');
    // The second run takes the measured clip, and comes to the same.
    expect((await cli(...args)).stdout).toBe(first.stdout);
  });

  it('says what is missing', async () => {
    expect(await cli('eval', 'spotting', '--dataset', 'meinject', '--root', root)).toMatchObject({ code: 1, stderr: expect.stringContaining('truth.csv') as string });
    expect(await cli('eval', 'spotting', '--dataset', 'meinject', '--root', join(root, 'nowhere'))).toMatchObject({ code: 1, stderr: expect.stringContaining('is no folder') as string });
    expect(await cli('eval', 'spotting', '--dataset', 'nothing', '--root', root)).toMatchObject({ code: 2 });
    expect(await cli('eval', 'spotting', '--dataset', 'meinject', '--root', join(root, 'set'), '--spotter', 'magic')).toMatchObject({ code: 2 });
    expect(await cli('eval', 'spotting', '--dataset', 'meinject', '--root', join(root, 'set'), '--only', 'fps=99')).toMatchObject({ code: 2, stderr: expect.stringContaining('fps=30') as string });
  });
});
