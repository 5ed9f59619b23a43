import { describe, expect, it } from 'vitest';
import { ANYONE, type Identity } from '../../auth/mod.js';
import { SessionQuota, holderOf } from './session-quota.js';

const alice: Identity = { id: 'alice@example.org', grants: ['publish'], session: undefined, expires: undefined, anonymous: false };
const refused = expect.objectContaining({
  problem: expect.objectContaining({ status: 429, code: 'too_many_sessions' }) as unknown,
}) as Error;

describe('SessionQuota', () => {
  it('counts by token, and gives back once', () => {
    const changes: number[] = [];
    const held = new SessionQuota({
      limit: 2,
      onChange: () => {
        changes.push(Object.keys(held.counts).length);
      },
    });
    const back = held.hold(holderOf(alice));
    held.hold(holderOf(alice));
    expect(() => held.hold(holderOf(alice))).toThrow(refused);
    held.hold(holderOf({ ...alice, id: 'bob' }));
    expect(Object.values(held.counts).sort()).toEqual([1, 2]);
    back();
    back();
    expect(Object.values(held.counts)).toEqual([1, 1]);
    held.hold(holderOf(alice));
    expect(changes).toEqual([1, 1, 2, 2, 2]);
  });

  it('counts what the other processes hold too, by a key that does not name anyone', () => {
    let elsewhere = 0;
    const asked: string[] = [];
    const held = new SessionQuota({
      limit: 2,
      elsewhere: (key) => {
        asked.push(key);
        return elsewhere;
      },
    });
    held.hold(holderOf(alice));
    elsewhere = 1;
    expect(() => held.hold(holderOf(alice))).toThrow(refused);
    expect(Object.keys(held.counts)).toEqual([asked[0]]);
    expect(asked[0]).toMatch(/^[\w-]{16}$/);
    expect(new SessionQuota().hold(holderOf(alice))).not.toThrow();
  });

  it('does not count where nobody is asked for a token', () => {
    const held = new SessionQuota({ limit: 1 });
    held.hold(holderOf(ANYONE));
    held.hold(holderOf(ANYONE));
    expect(held.counts).toEqual({});
  });
});
