import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeStandIn } from '../../tests/support/stand-in-model.js';
import { readFlowModel } from './model-file.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'model-'));
});
afterAll(() => rm(root, { recursive: true }));

describe('readFlowModel', () => {
  it('reads what the card names', async () => {
    const { folder, sha256 } = await writeStandIn(join(root, 'good'));
    expect(await readFlowModel(folder)).toMatchObject({ name: 'stand-in', sha256, source: `stand-in@${sha256.slice(0, 8)}` });
  });

  it('says that there is no model', async () => {
    await expect(readFlowModel(join(root, 'none'))).rejects.toMatchObject({
      code: 'flow_model_missing',
      message: expect.stringContaining('model.json') as string,
    });
    const { folder } = await writeStandIn(join(root, 'no-file'));
    await rm(join(folder, 'stand-in.onnx'));
    await expect(readFlowModel(folder)).rejects.toMatchObject({
      code: 'flow_model_missing',
      message: expect.stringContaining('stand-in.onnx') as string,
    });
  });

  it('names a damaged file and the fix', async () => {
    const { folder } = await writeStandIn(join(root, 'damaged'));
    const path = join(folder, 'stand-in.onnx');
    const bytes = await readFile(path);
    bytes[100] = (bytes[100] ?? 0) ^ 1;
    await writeFile(path, bytes);
    await expect(readFlowModel(folder)).rejects.toMatchObject({
      code: 'flow_model_damaged',
      message: expect.stringMatching(/stand-in\.onnx is damaged.*git checkout/) as string,
    });
  });

  it('refuses a card that is none, and one that points elsewhere', async () => {
    const { folder, sha256 } = await writeStandIn(join(root, 'card'));
    for (const card of ['{', '{}', JSON.stringify({ name: 'x', version: '1', file: '../../etc/x.onnx', sha256 })]) {
      await writeFile(join(folder, 'model.json'), card);
      await expect(readFlowModel(folder)).rejects.toMatchObject({ code: 'flow_model_invalid' });
    }
  });
});
