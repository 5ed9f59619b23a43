import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../open-store.js';

let base: string;
let umask: number;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'mellm-modes-'));
  umask = process.umask(0o022);
});
afterEach(() => {
  process.umask(umask);
  rmSync(base, { recursive: true, force: true });
});

const mode = (path: string): string => (statSync(path).mode & 0o7777).toString(8);

/** Modes of all files in a folder while a store writes there. */
async function modesOf(folder: string): Promise<Record<string, string>> {
  const store = await openStore(folder);
  store.begin({ id: 's1', name: 'n' });
  await store.append({ type: 'error', session: 's1', seq: 1, t: 0, code: 'c', message: 'm' });
  const modes = Object.fromEntries(readdirSync(folder).map((name) => [name, mode(join(folder, name))]));
  await store.close();
  return modes;
}

describe.skipIf(process.platform === 'win32')('files of the store', () => {
  it('leaves the mode of a folder that exists, and keeps its own files to their owner', async () => {
    const shared = join(base, 'shared');
    mkdirSync(shared);
    chmodSync(shared, 0o1777);
    const modes = await modesOf(shared);
    expect(mode(shared)).toBe('1777');
    expect(Object.keys(modes)).toEqual(expect.arrayContaining(['mellm.db', 'mellm.db-wal', 'mellm.db-shm', 'mellm.lock']));
    for (const [name, each] of Object.entries(modes)) expect(`${name} ${each}`).toBe(`${name} 600`);
  });

  it('creates a folder for its owner alone', async () => {
    const created = join(base, 'deep', 'er');
    await modesOf(created);
    expect(mode(created)).toBe('700');
  });

  it('narrows what an earlier release left readable by everyone, and leaves what a group was given', async () => {
    await modesOf(base);
    chmodSync(join(base, 'mellm.db'), 0o644);
    writeFileSync(join(base, 'notes.txt'), 'not ours', { mode: 0o644 });
    const modes = await modesOf(base);
    expect(modes).toMatchObject({ 'mellm.db': '600', 'mellm.db-wal': '600', 'notes.txt': '644' });
    chmodSync(join(base, 'mellm.db'), 0o640);
    expect(await modesOf(base)).toMatchObject({ 'mellm.db': '640' });
  });
});
