import { existsSync, linkSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import type * as Fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AtomicFile } from './atomic-file.js';
import { writeOutput } from './output-file.js';

/** Bytes that the disk still has room for. */
let room = Infinity;
vi.mock('node:fs/promises', async (original) => {
  const fs = await original<typeof Fs>();
  return {
    ...fs,
    open: async (...args: Parameters<typeof fs.open>) => {
      const handle = await fs.open(...args);
      const write = handle.write.bind(handle) as (data: Uint8Array, at: number) => Promise<{ bytesWritten: number }>;
      Object.assign(handle, {
        write: (data: Uint8Array, at: number) => {
          if ((room -= data.length) < 0) return Promise.reject(Object.assign(new Error('no space'), { code: 'ENOSPC' }));
          return write(data, at);
        },
      });
      return handle;
    },
  };
});

let folder = '';
const at = (name: string): string => join(folder, name);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mellm-atomic-'));
  room = Infinity;
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('AtomicFile', () => {
  it('is under its name only when it is whole', async () => {
    const file = await AtomicFile.open(at('a.csv'));
    await file.write('one\n');
    void file.write('two\n');
    expect(existsSync(at('a.csv'))).toBe(false);
    await file.commit();
    expect(readFileSync(at('a.csv'), 'utf8')).toBe('one\ntwo\n');
    expect(readdirSync(folder)).toEqual(['a.csv']);
  });

  it('on a full disk says so, leaves nothing, and keeps what was there', async () => {
    writeFileSync(at('a.csv'), 'before');
    room = 6;
    const file = await AtomicFile.open(at('a.csv'));
    await file.write('fits\n');
    await expect(file.write('does not')).rejects.toMatchObject({
      name: 'CliError',
      exitCode: 1,
      message: expect.stringMatching(/cannot write .*a\.csv \(ENOSPC\); the disk is full; free some space/) as string,
    });
    await expect(file.commit()).rejects.toMatchObject({ name: 'CliError', message: expect.stringContaining('ENOSPC') as string });
    expect(readFileSync(at('a.csv'), 'utf8')).toBe('before');
    expect(readdirSync(folder)).toEqual(['a.csv']);
    await expect(writeOutput(at('b.csv'), 'does not fit')).rejects.toMatchObject({ name: 'CliError' });
    expect(existsSync(at('b.csv'))).toBe(false);
  });

  it('discards what was begun', async () => {
    const file = await AtomicFile.open(at('a.csv'));
    await file.write('half');
    await file.discard();
    await file.discard();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('keeps the mode, follows a link, and parts from a hard link', async () => {
    writeFileSync(at('a.csv'), 'before', { mode: 0o640 });
    symlinkSync('a.csv', at('link.csv'));
    linkSync(at('a.csv'), at('twin.csv'));
    await writeOutput(at('link.csv'), 'after');
    expect(statSync(at('a.csv')).mode & 0o777).toBe(0o640);
    expect(readFileSync(at('a.csv'), 'utf8')).toBe('after');
    expect(readFileSync(at('twin.csv'), 'utf8')).toBe('before');
  });

  it.skipIf(!existsSync('/dev/full'))('writes a device directly, and tells its error', async () => {
    room = Infinity;
    await writeOutput('/dev/null', 'x');
    await expect(writeOutput('/dev/full', 'x')).rejects.toMatchObject({ message: expect.stringContaining('ENOSPC') as string });
    expect(statSync('/dev/full').isCharacterDevice()).toBe(true);
  });
});
