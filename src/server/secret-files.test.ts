import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadConfig } from '../config/mod.js';
import { Guard } from './http/guard.js';
import type { Logger } from '../telemetry/mod.js';

it.skipIf(process.platform === 'win32')('warns of a tokens file that every user may read, and of no other', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'mellm-mode-')), 'tokens');
  writeFileSync(file, 'watch-watch-watch-watch watch\n');
  const warnings = (mode: number): unknown[] => {
    chmodSync(file, mode);
    const said: unknown[] = [];
    new Guard(loadConfig({ overrides: { auth: { tokens_file: file } } }), {
      warn: (about: unknown) => {
        said.push(about);
      },
    } as unknown as Logger).close();
    return said;
  };
  expect(warnings(0o600)).toEqual([]);
  expect(warnings(0o640)).toEqual([]);
  expect(warnings(0o644)).toEqual([{ setting: 'auth.tokens_file', file }]);
  expect(warnings(0o622)).toHaveLength(1);
});
