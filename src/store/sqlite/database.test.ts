import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/property-runs.js';
import type { Write } from '../backend.js';
import { SqliteDatabase } from './database.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mellm-store-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const file = (): string => join(folder, 'mellm.db');
const session = (id: string): Write => ({ statement: 'session', params: [id, `name of ${id}`, '2026-01-01T00:00:00.000Z', null, null] });
const event = (id: string, seq: number, body: string): Write => ({ statement: 'event', params: [id, seq, body] });

/** Times that a text occurs in any file of the folder. */
function found(text: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + readFileSync(join(folder, name)).toString('latin1').split(text).length - 1, 0);
}

function scrub(database: SqliteDatabase): void {
  for (let page: number | undefined = 1; page !== undefined;) page = database.scrub(page);
}

describe('SqliteDatabase', () => {
  it('writes, reads and writes the same again without harm', () => {
    const database = new SqliteDatabase(file());
    const batch = [
      session('a'),
      event('a', 1, '{"x":1}'),
      { statement: 'image', params: ['a-1', 'apex', 'a', new Uint8Array([1, 2, 3])] } as Write,
    ];
    expect(database.write(batch)).toEqual({ refused: 0 });
    expect(database.write(batch)).toEqual({ refused: 0 });
    expect(database.read('events', ['a', 0, 10])).toEqual([{ seq: 1, body: '{"x":1}' }]);
    expect(database.read('image', ['a-1', 'apex'])[0]?.['png']).toEqual(new Uint8Array([1, 2, 3]));
    expect(database.read('session', ['a'])[0]).toMatchObject({ id: 'a', state: 'live', micro: 0 });
    database.close();
    const again = new SqliteDatabase(file());
    expect(again.read('newest', [10])).toHaveLength(1);
    again.close();
  });

  it('leaves out what belongs to no session, and keeps the rest of the batch', () => {
    const database = new SqliteDatabase(file());
    expect(database.write([session('a'), event('gone', 1, ''), event('a', 1, '')])).toEqual({ refused: 1 });
    expect(database.read('events', ['a', 0, 10])).toHaveLength(1);
    database.close();
  });

  it('pages through sessions, newest first', () => {
    const database = new SqliteDatabase(file());
    database.write(
      ['a', 'b', 'c', 'd'].map((id, i): Write => ({ statement: 'session', params: [id, id, `2026-01-0${String(i + 1)}`, null, null] })),
    );
    expect(database.read('newest', [2]).map((row) => row['id'])).toEqual(['d', 'c']);
    expect(database.read('before', ['c', 2]).map((row) => row['id'])).toEqual(['b', 'a']);
    database.close();
  });

  it('refuses what is no database, and what a later version wrote', () => {
    writeFileSync(file(), 'this is no database, but long enough to look like one '.repeat(40));
    expect(() => new SqliteDatabase(file())).toThrow(expect.objectContaining({ code: 'store_damaged' }));
    rmSync(file());
    new SqliteDatabase(file()).close();
    const raw = new Database(file());
    raw.exec("INSERT INTO migrations VALUES (99, '')");
    raw.close();
    expect(() => new SqliteDatabase(file())).toThrow(expect.objectContaining({ code: 'store_newer' }));
  });

  it('leaves no byte of an erased session in any file, and all of the others', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 31 }), (seed) => {
        rmSync(folder, { recursive: true, force: true });
        folder = mkdtempSync(join(tmpdir(), 'mellm-store-'));
        let state = seed;
        const random = (below: number): number => {
          state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
          return (state >> 8) % below;
        };
        const database = new SqliteDatabase(file());
        const ids = Array.from({ length: 8 }, (_, i) => `sess${String(i)}zz`);
        database.write(ids.map(session));
        const seqs = new Map(ids.map((id) => [id, 0]));
        const mark = (id: string): string => `mark-of-${id}`;
        const some = (count: number, of: readonly string[]): void => {
          for (let left = count; left > 0; left -= 20) {
            database.write(
              Array.from({ length: 20 }, (): Write => {
                const id = of[random(of.length)] ?? '';
                const seq = (seqs.get(id) ?? 0) + 1;
                seqs.set(id, seq);
                return random(20) === 0
                  ? { statement: 'image', params: [`${id}-${String(seq)}`, 'apex', id, Buffer.from(mark(id).repeat(random(900)))] }
                  : event(id, seq, mark(id) + 'y'.repeat(random(30) === 0 ? 9000 : random(300)));
              }),
            );
          }
        };
        some(1200, ids);
        const victims = ids.filter((_, i) => i % 3 === 1);
        const others = ids.filter((id) => !victims.includes(id));
        for (const id of victims) {
          expect(database.delete(id)).toBe(true);
          some(60, others);
        }
        expect(database.scrubOwed).toBe(true);
        scrub(database);
        expect(database.scrubOwed).toBe(false);
        for (const id of victims) expect(found(id)).toBe(0);
        for (const id of others) expect(found(mark(id))).toBeGreaterThan(0);
        database.close();
        const raw = new Database(file());
        expect(raw.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
        raw.close();
      }),
      { numRuns: runs(6) },
    );
  });
});
