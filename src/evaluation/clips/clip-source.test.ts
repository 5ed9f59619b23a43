import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pictureAt, readClip } from './clip-source.js';

let folder = '';
const paths = (): string[] => [40, 46, 47].map((n) => join(folder, `img${String(n)}.png`));
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mellm-clip-'));
  for (const path of paths()) await sharp({ create: { width: 4, height: 4, channels: 3, background: '#888' } }).png().toFile(path);
});
afterAll(() => { rmSync(folder, { recursive: true }); });

describe('a clip of pictures', () => {
  it('gives every picture the time of its frame, and counts missing ones as dropped', async () => {
    const seen: { index: number; t: number }[] = [];
    const read = await readClip({ kind: 'images', paths: paths(), fps: 200, frames: [0, 6, 7] }, ({ index, t }) => { seen.push({ index, t }); });
    expect(seen).toEqual([{ index: 0, t: 0 }, { index: 6, t: 0.03 }, { index: 7, t: 0.035 }]);
    // What was not there can't have had a false alarm.
    expect(read).toMatchObject({ frames: 3, seconds: 0.015, fps: 200 });
  });

  it('finds the picture nearest to a moment', () => {
    const source = { kind: 'images', paths: paths(), fps: 200, frames: [0, 6, 7] } as const;
    expect([0, 0.01, 0.02, 0.035, 9].map((t) => pictureAt(source, t).slice(-6, -4))).toEqual(['40', '40', '46', '47', '47']);
    expect(pictureAt({ ...source, frames: undefined } as never, 0.005)).toContain('img46');
  });
});
