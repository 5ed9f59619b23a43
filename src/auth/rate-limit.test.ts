import { describe, expect, it } from 'vitest';
import { addressKey, RateLimit } from './rate-limit.js';

describe('RateLimit', () => {
  it('allows a burst, then the rate, each key for itself', () => {
    let now = 0;
    const limit = new RateLimit({ rate: 2, burst: 3, now: () => now });
    expect([1, 2, 3, 4].map(() => limit.take('a'))).toEqual([0, 0, 0, 500]);
    expect(limit.take('b')).toBe(0);
    now = 500;
    expect([limit.take('a'), limit.take('a')]).toEqual([0, 500]);
    now = 60_000;
    expect([1, 2, 3, 4].map(() => limit.take('a'))).toEqual([0, 0, 0, 500]);
  });

  it('looks without taking, and forgets the key longest unseen', () => {
    const limit = new RateLimit({ rate: 1, burst: 1, most: 2, now: () => 0 });
    expect([limit.wait('a'), limit.take('a'), limit.wait('a')]).toEqual([0, 0, 1000]);
    limit.take('b');
    limit.take('c');
    expect(limit.wait('a')).toBe(0);
    expect(limit.wait('b')).toBe(1000);
  });
});

describe('addressKey', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['2001:0db8:0001:0002::1', '2001:db8:1:2::/64'],
  ])('%s counts as %s', (address, key) => {
    expect(addressKey(address)).toBe(key);
  });
});
