import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SourceMessage } from '../../src/pipeline/media/media-protocol.js';
import { openRecording, type RecordedSource } from '../../src/pipeline/mod.js';

const sample = fileURLToPath(new URL('../../client/public/sample/sample.webm', import.meta.url));
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mellm-recorded-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Seen {
  frames: number;
  ends: [reason: string, message: string | undefined][];
}

/** Starts a source and counts what it says; frames are acknowledged where wanted. */
function follow(source: RecordedSource, acknowledge: boolean): Seen {
  const seen: Seen = { frames: 0, ends: [] };
  source.start((message: SourceMessage) => {
    if (message.type === 'analyzed' || message.type === 'unanalyzed') seen.frames++;
    if (message.type === 'analyzed' && acknowledge) source.ack();
    if (message.type === 'end') seen.ends.push([message.reason, message.message]);
  });
  return seen;
}
const open = (path = sample): Promise<RecordedSource> => openRecording({ path, name: 'clip.webm', maxFaces: 4, learned: true });

it('waits for what is done with its frames, and ends as it is told', async () => {
  const source = await open();
  const seen = follow(source, false);
  await expect.poll(() => seen.frames).toBe(4);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(seen.frames).toBe(4);
  source.close('deleted');
  source.close('shutdown');
  await expect.poll(() => seen.ends).toEqual([['deleted', undefined]]);
  expect(source.end).toEqual({ reason: 'deleted', message: undefined });
  source.release();
}, 60_000);

it('ends where its process dies, and this one lives on', async () => {
  const source = await open();
  const seen = follow(source, true);
  await expect.poll(() => seen.frames).toBeGreaterThan(2);
  process.kill(source.pid ?? 0, 'SIGSEGV');
  await expect.poll(() => seen.ends.map(([reason]) => reason)).toEqual(['media_process_died']);
  await expect(source.crops('f1', 0, 1, 1)).rejects.toMatchObject({ code: 'worker_died' });
}, 60_000);

it('names the file as people know it', async () => {
  const path = join(folder, 'stored');
  writeFileSync(path, Buffer.alloc(5000, 'no video'));
  await expect(open(path)).rejects.toMatchObject({
    name: 'FileError',
    code: 'not_a_video',
    message: expect.stringMatching(/^clip\.webm is not a video/) as string,
  });
}, 60_000);
