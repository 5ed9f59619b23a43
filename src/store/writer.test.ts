import { describe, expect, it } from 'vitest';
import type { Write } from './backend.js';
import { StoreError } from './store-error.js';
import { Writer, type WriterOptions } from './writer.js';

const write = (n: number, size = 1): Write => ({ statement: 'event', params: ['a', n, 'x'.repeat(size)] });
const numbers = (batch: readonly Write[]): unknown[] => batch.map(({ params }) => params[1]);

/** A database that takes, refuses or hangs as told. */
function fixture(options: Partial<WriterOptions> = {}) {
  const disk = {
    full: false,
    hang: undefined as Promise<void> | undefined,
    batches: [] as unknown[][],
    faults: [] as string[],
    recovered: 0,
  };
  const writer = new Writer({
    write: async (batch) => {
      await disk.hang;
      if (disk.full) throw new StoreError('store_full', 'no room');
      disk.batches.push(numbers(batch));
    },
    onFault: (error) => disk.faults.push(error.code),
    onRecovered: () => {
      disk.recovered++;
    },
    retryEvery: 10,
    ...options,
  });
  return { disk, writer };
}

describe('Writer', () => {
  it('gathers what comes while a batch is being written', async () => {
    const { disk, writer } = fixture();
    const kept = await Promise.all([1, 2, 3].map((n) => writer.add([write(n)], true)));
    expect(kept).toEqual([true, true, true]);
    expect(disk.batches).toEqual([[1, 2, 3]]);
    await Promise.all([4, 5].map((n) => writer.add([write(n)], true)));
    expect(disk.batches).toHaveLength(2);
  });

  it('says at once that a full disk keeps nothing, holds what came, and writes it in order when there is room', async () => {
    const { disk, writer } = fixture();
    disk.full = true;
    expect(await writer.add([write(1)], true)).toBe(false);
    expect(await writer.add([write(2)], true)).toBe(false);
    expect(disk.faults).toEqual(['store_full']);
    expect(numbers(writer.told)).toEqual([1, 2]);
    disk.full = false;
    await expect.poll(() => disk.recovered).toBe(1);
    expect(disk.batches.flat()).toEqual([1, 2]);
    expect(writer).toMatchObject({ fault: undefined, waiting: 0, lost: 0 });
    expect(await writer.add([write(3)], true)).toBe(true);
  });

  it('gives up what matters least where too much waits', async () => {
    const { disk, writer } = fixture({ mostBytes: 1000 });
    disk.full = true;
    await writer.add([write(0, 300)], true);
    for (let n = 1; n <= 5; n++) await writer.add([write(n, 300)], n === 3);
    expect(writer.lost).toBeGreaterThan(0);
    expect(numbers(writer.told).slice(0, 2)).toEqual([0, 3]);
    disk.full = false;
    await expect.poll(() => disk.recovered).toBe(1);
    expect(disk.batches.flat()).toEqual(expect.arrayContaining([0, 3]));
  });

  it('lets nobody wait for a disk that hangs', async () => {
    const { disk, writer } = fixture({ slowAfter: 20 });
    let goOn = (): void => undefined;
    disk.hang = new Promise((resolve) => {
      goOn = resolve;
    });
    expect(await writer.add([write(1)], true)).toBe(false);
    expect(disk.faults).toEqual(['store_slow']);
    expect(await writer.add([write(2)], true)).toBe(false);
    disk.hang = undefined;
    goOn();
    await expect.poll(() => disk.recovered).toBe(1);
    expect(disk.batches.flat()).toEqual([1, 2]);
  });

  it('flushes, drops what belongs to an erased session, and closes while failing', async () => {
    const { disk, writer } = fixture({ retryEvery: 10_000 });
    void writer.add([write(1)], true);
    await writer.flush();
    expect(disk.batches).toEqual([[1]]);
    disk.full = true;
    await writer.add([write(2)], true);
    await writer.add([{ statement: 'event', params: ['b', 3, ''] }], true);
    await writer.flush();
    writer.drop(({ params }) => params[0] === 'a');
    expect(numbers(writer.told)).toEqual([3]);
    disk.full = false;
    await writer.close();
    expect(disk.batches).toEqual([[1], [3]]);
  });
});
