import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runs } from '../../tests/support/property-runs.js';
import { decodeFlo, encodeFlo, readFlo, writeFlo } from './flo-file.js';
import { FlowError } from './flow-error.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flo-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('.flo', () => {
  it('is what Middlebury says', () => {
    const bytes = encodeFlo({ width: 2, height: 1, data: Float32Array.of(1, 2, -3, -4) });
    expect(new TextDecoder().decode(bytes.subarray(0, 4))).toBe('PIEH');
    const view = new DataView(bytes.buffer);
    expect([view.getInt32(4, true), view.getInt32(8, true)]).toEqual([2, 1]);
    expect([12, 16, 20, 24].map((at) => view.getFloat32(at, true))).toEqual([1, -3, 2, -4]);
  });

  it('comes back as it went, over the file too', async () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fc.infiniteStream(fc.float()),
        (width, height, numbers) => {
          const data = Float32Array.from({ length: 2 * width * height }, () => numbers.next().value as number);
          expect(decodeFlo(encodeFlo({ width, height, data }))).toEqual({ width, height, data });
        },
      ),
      { numRuns: runs(50) },
    );
    const field = { width: 3, height: 2, data: Float32Array.from({ length: 12 }, (_, i) => i / 7) };
    await writeFlo(join(folder, 'a.flo'), field);
    expect(await readFlo(join(folder, 'a.flo'))).toEqual(field);
  });

  it('is refused when damaged, whatever the damage, with its name', async () => {
    const good = encodeFlo({ width: 2, height: 2, data: new Float32Array(8) });
    const header = (width: number, height: number): Uint8Array => {
      const bytes = good.slice();
      new DataView(bytes.buffer).setInt32(4, width, true);
      new DataView(bytes.buffer).setInt32(8, height, true);
      return bytes;
    };
    for (const bytes of [
      new Uint8Array(),
      good.subarray(0, 11),
      good.subarray(0, 20),
      header(-2, 2),
      header(0, 2),
      header(2 ** 30, 2 ** 30),
      header(2, 3),
      new Uint8Array(100),
    ]) {
      expect(() => decodeFlo(bytes, 'x.flo')).toThrow(FlowError);
      expect(() => decodeFlo(bytes, 'x.flo')).toThrow(/^x\.flo /);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          decodeFlo(bytes);
        } catch (error) {
          expect(error).toMatchObject({ code: 'flow_file_invalid' });
        }
      }),
    );
    await writeFile(join(folder, 'bad.flo'), 'PIEH');
    await expect(readFlo(join(folder, 'bad.flo'))).rejects.toMatchObject({ code: 'flow_file_invalid' });
    await expect(readFlo(join(folder, 'none.flo'))).rejects.toMatchObject({ code: 'flow_file_invalid' });
  });

  it('refuses to write what is no field', () => {
    expect(() => encodeFlo({ width: 2, height: 2, data: new Float32Array(4) })).toThrow(RangeError);
  });
});
