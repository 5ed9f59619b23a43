import { appendFile, cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FACE_MODEL_FOLDER } from './face-model-files.js';
import { listModels, readFaceModels } from './mod.js';

let models: string;
let folder: string;
beforeEach(async () => {
  models = await mkdtemp(join(tmpdir(), 'mellm-models-'));
  folder = join(models, 'face');
  await cp(FACE_MODEL_FOLDER, folder, { recursive: true });
});
afterEach(async () => {
  await rm(models, { recursive: true, force: true });
});

const FIX = /restore it \(git checkout -- models\/face/;
const refused = (code: string, message: RegExp): void => {
  const said = expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as Error;
  expect(() => readFaceModels(folder)).toThrow(said);
  expect(() => readFaceModels(folder)).toThrow(FIX);
};

describe('the files of the face models', () => {
  it('are there, as their card says', async () => {
    expect(Object.keys(readFaceModels(folder))).toEqual(['blazeface', 'facemesh']);
    expect((await listModels(models)).map(({ name, state }) => [name, state])).toEqual([
      ['blazeface', 'ready'],
      ['facemesh', 'ready'],
    ]);
  });

  it('are named when one is missing', async () => {
    await rm(join(folder, 'facemesh.onnx'));
    refused('model_missing', /cannot read .*facemesh\.onnx/);
    expect((await listModels(models)).find(({ name }) => name === 'facemesh')).toMatchObject({ state: 'missing' });
  });

  it('are named when one was altered', async () => {
    await appendFile(join(folder, 'blazeface.onnx'), 'x');
    refused('model_damaged', /blazeface\.onnx is damaged or was replaced: its SHA-256 is [\da-f]{12}…, but model\.json says [\da-f]{12}…/);
    expect((await listModels(models)).find(({ name }) => name === 'blazeface')).toMatchObject({ state: 'damaged' });
  });

  it('need their card', async () => {
    await writeFile(join(folder, 'model.json'), '{');
    refused('model_invalid', /model\.json is not valid JSON/);
    await writeFile(join(folder, 'model.json'), '{"models":[]}');
    refused('model_invalid', /model\.json is invalid/);
    await rm(join(folder, 'model.json'));
    refused('model_missing', /cannot read .*model\.json/);
    await expect(listModels(models)).rejects.toMatchObject({ code: 'model_missing' });
  });
});
