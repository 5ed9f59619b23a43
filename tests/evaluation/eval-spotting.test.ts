import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const bin = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
const sample = fileURLToPath(new URL('../../client/public/sample/sample.webm', import.meta.url));
let root = '';

/** The command line, as `bin/mellm-live.js` runs it. */
async function cli(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const script = `import(${JSON.stringify(bin)}).then(({ main }) => main(process.argv.slice(1)).then(undefined), (e) => { console.error(e); process.exit(9); })`;
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, ['-e', script, '--', process.execPath, 'mellm-live', ...args])) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'mellm-eval-'));
  const test = join(root, 'set', 'test');
  mkdirSync(test, { recursive: true });
  const known = JSON.parse(readFileSync(sample.replace('.webm', '.json'), 'utf8')) as {
    duration: number;
    expressions: { aus: string[]; side: string; onset: number; apex: number; offset: number; peak: number }[];
  };
  cpSync(sample, join(test, 'c1.webm'));
  writeFileSync(
    join(test, 'clips.csv'),
    `clip,person,source,condition,fps,seconds,split,face_px\nc1,p1,render,quiet,30,${String(known.duration)},test,200\n`,
  );
  const rows = known.expressions.map(
    ({ aus, side, onset, apex, offset, peak }) =>
      `c1,p1,render,quiet,30,micro,${[onset, apex, offset, peak, peak].join(',')},${aus.join('+')},${side}`,
  );
  writeFileSync(
    join(test, 'truth.csv'),
    `clip,person,source,condition,fps,kind,onset,apex,offset,peak_px,peak_px_200,aus,sides\n${rows.join('\n')}\n`,
  );
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

describe('eval spotting', () => {
  it("finds the sample's expressions, keeps what was measured, draws the curve", async () => {
    const args = [
      'eval',
      'spotting',
      '--dataset',
      'meinject',
      '--root',
      join(root, 'set'),
      '--signals',
      join(root, 'signals'),
      '--curve',
      join(root, 'curve.svg'),
      '--json',
    ];
    const first = await cli(...args);
    expect(first.stderr).toMatch(/^note: ME-Inject is synthetic: .*\n$/);
    expect(JSON.parse(first.stdout)).toMatchObject({ synthetic: true, notes: [expect.stringContaining('ME-Inject is synthetic')] });
    const { spotters } = JSON.parse(first.stdout) as {
      spotters: {
        learned: { all: { micro: { truePositives: number; falseNegatives: number }; apex: { median: number }; latency: { p95: number } } };
      };
    };
    expect(spotters.learned.all.micro).toMatchObject({ truePositives: 4, falseNegatives: 0 });
    expect(spotters.learned.all.apex.median).toBeLessThan(50);
    expect(spotters.learned.all.latency.p95).toBeLessThan(200);
    expect(readdirSync(join(root, 'signals')).sort()).toEqual(['test_c1.clip.json', 'test_c1.f1.signals']);
    expect(readFileSync(join(root, 'curve.svg'), 'utf8')).toContain('<polyline');
    expect(readFileSync(join(root, 'curve.svg'), 'utf8')).toContain('meinject (synthetic): 1 clips');
    // The second run takes the measured clip, and comes to the same.
    expect((await cli(...args)).stdout).toBe(first.stdout);
    const table = await cli(...args.slice(0, -1).map((arg) => arg.replace('curve.svg', 'curve.png')));
    expect(table.stdout).toMatch(/^learned on meinject \(synthetic\): 1 clips/);
    expect(await sharp(join(root, 'curve.png')).metadata()).toMatchObject({ format: 'png', width: 1440, height: 960 });
  });

  it('looks first whether what it is to write can be written', async () => {
    const set = ['eval', 'spotting', '--dataset', 'meinject', '--root', join(root, 'set'), '--signals', join(root, 'signals')];
    // Where nothing is loaded, not even the root is looked at.
    const early = (...more: string[]) => cli('eval', 'spotting', '--dataset', 'meinject', '--root', join(root, 'nowhere'), ...more);
    expect(await early('--curve', join(root, 'no/c.svg'))).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^mellm-live: cannot write .*c\.svg \(ENOENT\); check the folder\n$/) as string,
    });
    expect(await early('--windows', join(root, 'no/x.json'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('x.json (ENOENT); check the folder') as string,
    });
    expect(await early('--curve', join(root, 'c.jpg'))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('.svg or .png') as string,
    });
    writeFileSync(join(root, 'a.png'), 'x');
    expect(await early('--signals', join(root, 'a.png'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('a folder is needed') as string,
    });
    expect(await cli(...set, '--limit', '1.5')).toMatchObject({ code: 2, stderr: expect.stringContaining('whole number') as string });
  });

  it('says what is missing', async () => {
    expect(await cli('eval', 'spotting', '--dataset', 'meinject', '--root', root)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('truth.csv') as string,
    });
    expect(await cli('eval', 'spotting', '--dataset', 'meinject', '--root', join(root, 'nowhere'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is not a folder') as string,
    });
    expect(await cli('eval', 'spotting', '--dataset', 'nothing', '--root', root)).toMatchObject({ code: 2 });
    expect(await cli('eval', 'spotting', '--dataset', 'meinject', '--root', join(root, 'set'), '--spotter', 'magic')).toMatchObject({
      code: 2,
    });
    expect(await cli('eval', 'spotting', '--dataset', 'meinject', '--root', join(root, 'set'), '--spotter', 'learned@0')).toMatchObject({
      code: 2,
    });
    expect(await cli('eval', 'spotting', '--dataset', 'meinject', '--root', join(root, 'set'), '--only', 'fps=99')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('fps=30') as string,
    });
  });
});

describe('a set of pictures', () => {
  const set = (): string => join(root, 'casme3');
  const table = 'annotation/cas(me)3_part_A_ME_label_JpgIndex_v2.csv';

  beforeAll(async () => {
    // The sample's first expression as CAS(ME)³ would hold it: numbered pictures at 30 a second, and a coding table.
    const color = join(set(), 'data/part_A/spNO.1/a/color');
    mkdirSync(color, { recursive: true });
    mkdirSync(join(set(), 'annotation'));
    const { readFile } = await import('../../src/ingest/file/read-file.js');
    const written: Promise<unknown>[] = [];
    readFile(sample, {
      onFrame: ({ index, width, height, data }) => {
        written.push(
          sharp(data.subarray(0, width * height), { raw: { width, height, channels: 1 } })
            .jpeg({ quality: 95 })
            .toFile(join(color, `${String(index)}.jpg`)),
        );
        return index < 140;
      },
    });
    await Promise.all(written);
    writeFileSync(
      join(set(), table),
      'Subject,Filename,Onset,Apex,Offset,AU,Objective class,emotion\nspNO.1,a,90,95,101,1+2,I,surprise\nspNO.2,b,1,2,3,4,I,disgust\n',
    );
  });

  it('is spotted and recognised', async () => {
    const { stdout, stderr } = await cli(
      'eval',
      'spotting',
      '--dataset',
      'casme3',
      '--root',
      set(),
      '--spotter',
      'rule,strain,learned@2',
      '--recognition',
      '--json',
    );
    const { spotters, strs } = JSON.parse(stdout) as {
      spotters: Record<string, { all: { micro: { f1: number; truePositives: number } } }>;
      strs: Record<string, { strs: number; judged: number; failed: number }>;
    };
    expect(stderr).toMatch(/spNO\.2\/b/);
    expect(spotters['rule']?.all.micro.truePositives).toBe(1);
    expect(Object.keys(spotters)).toEqual(['rule', 'strain', 'learned@2']);
    expect(strs['rule']).toMatchObject({ judged: 1, failed: 0 });
  });

  it('is recognised at its coded moments', async () => {
    const { stdout, code } = await cli('eval', 'recognition', '--dataset', 'casme3', '--root', set(), '--json');
    expect(code).toBe(0);
    const { recognisers, answers } = JSON.parse(stdout) as { recognisers: Record<string, { pairs: number }>; answers: { failed: number } };
    expect(recognisers['mellm']?.pairs).toBe(1);
    expect(answers.failed).toBe(0);
  });
});
