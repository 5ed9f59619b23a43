import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FACE_MODELS, listModels, OnnxRunner, prepareModels, type FaceModelName } from './mod.js';

/** What TensorFlow.js 4.22 (CPU backend) gave for the pattern below: every `step`-th value of each output. */
type Golden = Record<FaceModelName, Record<string, { length: number; step: number; range: number; values: number[] }>>;

let cacheDir: string;
beforeAll(async () => { cacheDir = await mkdtemp(join(tmpdir(), 'mellm-models-')); });
afterAll(async () => { await rm(cacheDir, { recursive: true, force: true }); });

/** Smooth waves, different in each channel; planar RGB of size×size. */
function pattern(size: number): Tensor {
  const data = new Float32Array(3 * size * size);
  for (let c = 0; c < 3; c++) for (let y = 0; y < size; y++) for (let x = 0; x < size; x++) {
    data[(c * size + y) * size + x] = 0.5 + 0.3 * Math.sin(0.05 * x * (c + 1) + 0.02 * y) + 0.2 * Math.cos(0.11 * y - 0.03 * x * c);
  }
  return new Tensor('float32', data, [1, 3, size, size]);
}

describe('the converted face models', () => {
  it('agree with TensorFlow.js to 1e-3 of each output range', async () => {
    const golden = JSON.parse(await readFile(new URL('./tfjs-golden.json', import.meta.url), 'utf8')) as Golden;
    const paths = await prepareModels({ cacheDir, optional: ['iris'] });
    for (const model of FACE_MODELS) {
      const runner = new OnnxRunner(paths[model.name] ?? '', Object.values(model.outputs));
      const outputs = runner.run({ input: pattern(model.inputSize) });
      for (const [name, expected] of Object.entries(golden[model.name])) {
        const found = outputs[name] ?? new Float32Array();
        expect(found.length, `${model.name} ${name}`).toBe(expected.length);
        const worst = Math.max(...expected.values.map((value, i) => Math.abs(value - (found[i * expected.step] ?? NaN))));
        expect(worst, `${model.name} ${name}`).toBeLessThanOrEqual(1e-3 * Math.max(expected.range, 1e-3));
      }
      runner.close();
      runner.close();
    }
  }, 30_000);

  it('are made once, and made again when damaged', async () => {
    const made: string[] = [];
    const prepare = (): Promise<unknown> => prepareModels({ cacheDir, onConvert: (name) => { made.push(name); } });
    await prepare();
    made.length = 0;
    const file = (await readdir(cacheDir)).find((name) => name.startsWith('facemesh')) ?? '';
    const long = new Date(0);
    await utimes(join(cacheDir, file), long, long);
    await prepare();
    expect(made).toEqual([]);
    expect((await stat(join(cacheDir, file))).mtime).toEqual(long);
    await writeFile(join(cacheDir, file), 'not a model');
    await Promise.all([prepare(), prepare()]);
    expect(made).toContain('facemesh');
    const list = await listModels(cacheDir, join(cacheDir, 'nothing'));
    expect(list.filter((model) => model.state !== 'ready')).toEqual([]);
    expect((await readdir(cacheDir)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('refuse a source that is not the one expected, and say what to do', async () => {
    const sourceDir = await mkdtemp(join(tmpdir(), 'mellm-source-'));
    const empty = join(sourceDir, 'cache');
    await expect(prepareModels({ cacheDir: empty, sourceDir })).rejects.toMatchObject({ code: 'model_source_missing' });
    await writeFile(join(sourceDir, 'blazeface.json'), '{}');
    await expect(prepareModels({ cacheDir: empty, sourceDir })).rejects.toMatchObject({ code: 'model_source_changed', message: expect.stringContaining('npm ci') as string });
    await rm(sourceDir, { recursive: true });
  });

  it('say so when the cache can not be written', async () => {
    const file = join(cacheDir, 'a-file');
    await writeFile(file, '');
    await expect(prepareModels({ cacheDir: join(file, 'below') })).rejects.toMatchObject({ code: 'model_cache_unwritable', message: expect.stringContaining('MELLM_CACHE') as string });
  });
});
