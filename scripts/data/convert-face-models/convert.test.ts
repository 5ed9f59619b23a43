import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { OnnxRunner, readFaceModels, type FaceModelName } from '../../../src/runtime/inference/mod.js';
import { convert, sha256 } from './convert.js';
import { SOURCES } from './sources.js';

/** What TensorFlow.js 4.22 (CPU backend) gave for the pattern below: every `step`-th value of each output. */
type Golden = Record<string, Record<string, { length: number; step: number; range: number; values: number[] }>>;

const INPUT_SIZE: Record<FaceModelName, number> = { blazeface: 256, facemesh: 192 };

/** Smooth waves, different in each channel; planar RGB of size×size. */
function pattern(size: number): Tensor {
  const data = new Float32Array(3 * size * size);
  for (let c = 0; c < 3; c++)
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++) {
        data[(c * size + y) * size + x] = 0.5 + 0.3 * Math.sin(0.05 * x * (c + 1) + 0.02 * y) + 0.2 * Math.cos(0.11 * y - 0.03 * x * c);
      }
  return new Tensor('float32', data, [1, 3, size, size]);
}

describe('the shipped face models', () => {
  it('agree with TensorFlow.js to 1e-3 of each output range', async () => {
    const golden = JSON.parse(await readFile(new URL('./tfjs-golden.json', import.meta.url), 'utf8')) as Golden;
    for (const { name, path } of Object.values(readFaceModels())) {
      const wanted = golden[name] ?? {};
      const runner = new OnnxRunner(path, Object.keys(wanted));
      const outputs = runner.run({ input: pattern(INPUT_SIZE[name]) });
      for (const [output, expected] of Object.entries(wanted)) {
        const found = outputs[output] ?? new Float32Array();
        expect(found.length, `${name} ${output}`).toBe(expected.length);
        const worst = Math.max(...expected.values.map((value, i) => Math.abs(value - (found[i * expected.step] ?? NaN))));
        expect(worst, `${name} ${output}`).toBeLessThanOrEqual(1e-3 * Math.max(expected.range, 1e-3));
      }
      runner.close();
      runner.close();
    }
  }, 30_000);

  it('are what the converter makes of the pinned package, bit for bit', async () => {
    const shipped = readFaceModels();
    expect(SOURCES.map(({ name }) => name)).toEqual(Object.keys(shipped));
    for (const source of SOURCES) expect(sha256(await convert(source)), source.name).toBe(shipped[source.name as FaceModelName].sha256);
  });
});

it('a source that is missing or not the expected one is refused, with what to do', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mellm-source-'));
  const source = SOURCES[0]!;
  await expect(convert(source, folder)).rejects.toThrow(/cannot read .*blazeface\.json; run npm ci/);
  await writeFile(join(folder, 'blazeface.json'), '{}');
  await expect(convert(source, folder)).rejects.toThrow(/blazeface\.json has SHA-256 .*npm ci/);
  await rm(folder, { recursive: true });
});
