import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Command } from 'commander';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RegionMotion } from '../../src/events/schema.js';
import * as evalFlow from '../../lab/commands/eval-flow.js';
import * as flow from '../../src/cli/flow.js';
import { floatTiff } from '../support/float-tiff.js';
import { decodeFlo, DEFAULT_MODEL_FOLDER, readFlo, type FlowField } from '../../src/flow/mod.js';
import type { FlowEvaluation } from '../../lab/evaluation/flow/evaluate.js';

/** The two commands on the committed weights and the synthetic fixture pairs, whose truth is known. */

const fixtures = fileURLToPath(new URL('../../training/tests/fixtures/meflowdataset', import.meta.url));
const pair = (name: string, which: string): string => join(fixtures, name, which);
const isCommitted = existsSync(join(DEFAULT_MODEL_FOLDER, 'model.json'));
if (!isCommitted) console.warn('no weights are committed: the flow commands are not tested');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flow-cli-'));
});
afterAll(() => rm(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

/** Runs one command as `main` does and returns what it wrote to stdout. */
async function cli(module: typeof flow, ...args: string[]): Promise<string> {
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  module.register(program);
  for (const command of program.commands) command.exitOverride();
  let out = '';
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  try {
    await program.parseAsync(['node', 'mellm-live', ...args]);
  } finally {
    spy.mockRestore();
  }
  return out;
}

async function truth(name: string): Promise<FlowField> {
  const read = async (which: string): Promise<FlowField> =>
    decodeFlo(await promisify(gunzip)(await readFile(pair(name, `${which}.flo.gz`))));
  const [facial, head] = [await read('facial'), await read('head')];
  return { ...facial, data: facial.data.map((value, i) => value - (head.data[i] ?? 0)) };
}

/** A fixture picture in a larger one: `scale` times as large at (100, 60) of a 900x800 canvas, grey around. */
async function pictured(name: string, which: string, scale: number): Promise<string> {
  const size = Math.round(224 * scale);
  const face = await sharp(pair(name, `${which}.png`))
    .resize(size, size, { kernel: 'cubic' })
    .png()
    .toBuffer();
  const path = at(`${name.replace('/', '-')}-${which}.png`);
  await sharp({ create: { width: 900, height: 800, channels: 3, background: '#808080' } })
    .composite([{ input: face, left: 100, top: 60 }])
    .png()
    .toFile(path);
  return path;
}

describe.skipIf(!isCommitted)('flow ONSET APEX', () => {
  it("finds the face and gives its expression in the picture's own pixels, and its regions", async () => {
    const scale = 3;
    const [onset, apex] = [await pictured('test/000015', 'onset', scale), await pictured('test/000015', 'apex', scale)];
    await cli(flow, 'flow', onset, apex, '--out', at('e.flo'), '--viz', at('e.png'), '--head', at('h.flo'), '--rois', at('r.json'));
    const found = await readFlo(at('e.flo'));
    const expected = await truth('test/000015');
    expect(found).toMatchObject({ width: 900, height: 800 });
    expect(await sharp(at('e.png')).metadata()).toMatchObject({ format: 'png', width: 900, height: 800 });
    expect(await readFlo(at('h.flo'))).toMatchObject({ width: 900, height: 800 });
    let error = 0;
    let zero = 0;
    for (let y = 40; y < 200; y++) {
      for (let x = 50; x < 174; x++) {
        const [u, v] = [expected.data[y * 224 + x] ?? 0, expected.data[224 * 224 + y * 224 + x] ?? 0];
        if (Math.hypot(u, v) < 0.5) continue;
        const i = (60 + Math.floor((y + 0.5) * scale)) * 900 + 100 + Math.floor((x + 0.5) * scale);
        error += Math.hypot((found.data[i] ?? 0) / scale - u, (found.data[900 * 800 + i] ?? 0) / scale - v);
        zero += Math.hypot(u, v);
      }
    }
    expect(error).toBeLessThan(0.5 * zero);
    expect(found.data[10 * 900 + 10]).toBe(0);
    // AU12 on both sides, AU6 on the person's right, which is the image's left.
    const rois = JSON.parse(await readFile(at('r.json'), 'utf8')) as RegionMotion[];
    expect(rois).toHaveLength(29);
    const region = (name: string): RegionMotion | undefined => rois.find((roi) => roi.region === name);
    expect(region('Left Mouth Corner')?.direction).toBe('up-left');
    expect(region('Right Mouth Corner')?.direction).toBe('up-right');
    expect(region('Left Cheek')?.mean_magnitude).toBeGreaterThan(3 * (region('Right Cheek')?.mean_magnitude ?? Infinity));
  });

  it('takes face crops as they are, and stretches what has another size', async () => {
    await cli(flow, 'flow', pair('test/000006', 'onset.png'), pair('test/000006', 'apex.png'), '--no-align', '--out', at('crop.flo'));
    const crop = await readFlo(at('crop.flo'));
    expect(crop).toMatchObject({ width: 224, height: 224 });
    for (const which of ['onset', 'apex'])
      await sharp(pair('test/000006', `${which}.png`))
        .resize(448, 448, { kernel: 'cubic' })
        .png()
        .toFile(at(`large-${which}.png`));
    await cli(flow, 'flow', at('large-onset.png'), at('large-apex.png'), '--no-align', '--out', at('large.flo'));
    const large = await readFlo(at('large.flo'));
    expect(large).toMatchObject({ width: 448, height: 448 });
    const peak = (field: FlowField): number => field.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(peak(large)).toBeGreaterThan(1.7 * peak(crop));
    expect(peak(large)).toBeLessThan(2.3 * peak(crop));
  });

  it('tells in one line what is wrong with the pictures', async () => {
    const plain = async (name: string, width: number, height: number): Promise<string> => {
      await sharp({ create: { width, height, channels: 3, background: '#556677' } })
        .png()
        .toFile(at(name));
      return at(name);
    };
    const a = await plain('a.png', 320, 240);
    const fails = (...args: string[]) => expect(cli(flow, 'flow', ...args, '--out', at('x.flo'))).rejects;
    await fails(a, await plain('b.png', 320, 200)).toMatchObject({
      name: 'CliError',
      exitCode: 1,
      message: expect.stringMatching(/a\.png is 320x240, .*b\.png 320x200; onset and apex must be/) as string,
    });
    await fails(a, a).toMatchObject({ name: 'CliError', message: expect.stringMatching(/^no face found in .*a\.png; /) as string });
    const tiny = await plain('tiny.png', 16, 16);
    await fails(tiny, tiny).toMatchObject({ code: 'image_too_small' });
    await writeFile(at('text.png'), 'no picture');
    await fails(at('text.png'), a).toMatchObject({ code: 'image_unreadable' });
    await writeFile(
      at('nan.tiff'),
      floatTiff(64, 64, () => Number.NaN),
    );
    for (const more of [[], ['--no-align']]) {
      await fails(at('nan.tiff'), at('nan.tiff'), ...more, '--viz', at('x.png')).toMatchObject({
        code: 'flow_input_invalid',
        message: expect.stringMatching(/nan\.tiff contains non-finite values/) as string,
      });
    }
    await fails(at('nothing.png'), a).toMatchObject({
      code: 'image_unreadable',
      message: expect.stringContaining('nothing.png') as string,
    });
    await fails(a, a, '--no-align', '--rois', at('r2.json')).toMatchObject({
      message: expect.stringContaining('no face found') as string,
    });
    await expect(cli(flow, 'flow', a, a, '--no-align', '--out', at('no/such/folder.flo'))).rejects.toMatchObject({
      name: 'CliError',
      message: expect.stringMatching(/^cannot write .*folder\.flo \(ENOENT\)/) as string,
    });
    expect(existsSync(at('x.flo'))).toBe(false);
  });
});

describe.skipIf(!isCommitted)('eval flow', () => {
  it('gives the metrics by split, the same on every run', async () => {
    const run = (): Promise<string> => cli(evalFlow, 'flow', '--dataset', 'meflowdataset', '--root', fixtures, '--json');
    const first = await run();
    expect(await run()).toBe(first);
    const { splits, model } = JSON.parse(first) as FlowEvaluation;
    expect(model).toMatch(/^meflownet@[\da-f]{8}$/);
    expect(Object.keys(splits)).toEqual(['test', 'val']);
    const metrics = splits['test']?.metrics;
    expect(splits['test']).toMatchObject({ pairs: 3, identities: 3 });
    expect(metrics?.epe?.mean).toBeLessThan(0.6 * (metrics?.zero_epe?.mean ?? 0));
    expect(metrics?.epe?.low).toBeLessThanOrEqual(metrics?.epe?.mean ?? 0);
    expect(metrics?.epe?.high).toBeGreaterThanOrEqual(metrics?.epe?.mean ?? Infinity);
    expect(metrics?.null_expression?.count).toBe(1);
    expect(splits['val']?.metrics.null_expression).toBeNull();
  });

  it("prints a table, and says what it can't read", async () => {
    const table = await cli(evalFlow, 'flow', '--dataset', 'MEFlowDataset', '--root', fixtures, '--limit', '1');
    expect(table.split('\n')[2]).toMatch(/^test +1 +1 /);
    await expect(cli(evalFlow, 'flow', '--dataset', 'casme', '--root', fixtures)).rejects.toMatchObject({ name: 'CliError', exitCode: 2 });
    await expect(cli(evalFlow, 'flow', '--dataset', 'meflowdataset', '--root', fixtures, '--limit', '1.5')).rejects.toMatchObject({
      exitCode: 2,
    });
    await expect(cli(evalFlow, 'flow', '--dataset', 'meflowdataset', '--root', folder)).rejects.toMatchObject({
      code: 'flow_file_invalid',
    });
  });
});
