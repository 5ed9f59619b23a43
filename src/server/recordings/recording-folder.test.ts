import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { RecordingFolder } from './recording-folder.js';

it('deletes what a killed server left behind, and nothing else', async () => {
  const data = mkdtempSync(join(tmpdir(), 'mellm-folder-'));
  mkdirSync(join(data, 'recordings'));
  for (const name of ['sAbcdefghij1', 'sAbcdefghij1.mp4', 'holiday.mp4', 'short.mp4']) writeFileSync(join(data, 'recordings', name), 'x');
  const folder = await RecordingFolder.open(data);
  expect(readdirSync(folder.path).sort()).toEqual(['holiday.mp4', 'short.mp4']);
  expect(basename(folder.pathOf('sAbcdefghij1', 'Interview 3.MP4'))).toBe('sAbcdefghij1.mp4');
  expect(basename(folder.pathOf('sAbcdefghij1', '../../etc/pass.w/d'))).toBe('sAbcdefghij1');
  expect(basename(folder.pathOf('sAbcdefghij1', 'a.\u0000mp4'))).toBe('sAbcdefghij1');
  expect(await folder.free()).toBeGreaterThan(0);
  await folder.close();
  expect(existsSync(folder.path)).toBe(true);
  rmSync(data, { recursive: true });
});

it('lies in a temporary folder of its own where nothing is stored, which goes with it', async () => {
  // No process has this id.
  const abandoned = join(tmpdir(), 'mellm-recordings-999999999-abcdef');
  mkdirSync(abandoned, { recursive: true });
  const folder = await RecordingFolder.open(undefined);
  expect(existsSync(abandoned)).toBe(false);
  expect(statSync(folder.path).mode & 0o777).toBe(0o700);
  await folder.close();
  expect(existsSync(folder.path)).toBe(false);
});
