import { describe, expect, it } from 'vitest';
import { Breaker } from './breaker.js';
import { retryAfter } from '../../common/retry-after.js';

describe('Breaker', () => {
  it('opens after failures in a row, lets one probe through, and waits longer after it fails', () => {
    let now = 0;
    const breaker = new Breaker({ failures: 2, pause: 100, now: () => now });
    for (let i = 0; i < 2; i++) {
      expect(breaker.enter()).toBe(true);
      breaker.failed();
    }
    expect(breaker.enter()).toBe(false);
    now = 101;
    expect(breaker.enter()).toBe(true);
    expect(breaker.enter()).toBe(false);
    breaker.failed();
    expect(breaker.wait).toBe(200);
    now = 302;
    expect(breaker.enter()).toBe(true);
    breaker.succeeded();
    expect(breaker.state).toBe('closed');
  });

  it('forgets failures after a success', () => {
    const breaker = new Breaker({ failures: 2 });
    for (let i = 0; i < 5; i++) {
      breaker.failed();
      breaker.succeeded();
    }
    expect(breaker.state).toBe('closed');
  });
});

describe('retryAfter', () => {
  it('reads seconds and dates', () => {
    expect(retryAfter('2')).toBe(2000);
    expect(retryAfter('Sat, 21 Nov 2026 08:00:10 GMT', Date.parse('2026-11-21T08:00:00Z'))).toBe(10_000);
    expect(retryAfter('soon')).toBeUndefined();
    expect(retryAfter(undefined)).toBeUndefined();
  });
});
