import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readSpotterModel, SPOTTER_FOLDER } from './model-file.js';

it('names the damaged file and the fix, with the way out that goes with the command', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mellm-spotter-'));
  try {
    expect(() => readSpotterModel(folder)).toThrow(
      /is missing: cannot read .*model\.json; restore it .*, or set spotting\.method to rules$/,
    );
    cpSync(SPOTTER_FOLDER, folder, { recursive: true });
    const { path } = readSpotterModel(folder);
    writeFileSync(path, 'x');
    expect(() => readSpotterModel(folder, 'take --spotter rule')).toThrow(
      expect.objectContaining({
        code: 'spotter_model_damaged',
        message: expect.stringMatching(/is damaged .*, or take --spotter rule$/) as string,
      }),
    );
    writeFileSync(join(folder, 'model.json'), '{');
    expect(() => readSpotterModel(folder, 'take --spotter rule')).toThrow(/is not valid JSON; .*--spotter rule$/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
