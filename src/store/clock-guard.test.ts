import { describe, expect, it } from 'vitest';
import { ClockGuard } from './clock-guard.js';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 5, 1);

function fixture() {
  const time = { uptime: 0 };
  return { time, guard: new ClockGuard(() => time.uptime) };
}

describe('ClockGuard', () => {
  it('does not believe a clock that leapt ahead while much would be erased for it, until it stayed so for a day', () => {
    const { guard, time } = fixture();
    const ahead = (): boolean => guard.trusts({ now: NOW + 31 * DAY + time.uptime, seen: NOW, erasing: 90, total: 100 });
    expect(ahead()).toBe(false);
    time.uptime = DAY - 1;
    expect(ahead()).toBe(false);
    expect(guard.held).toBe(true);
    time.uptime = DAY;
    expect(ahead()).toBe(true);
    expect(guard.held).toBe(false);
  });

  it('begins again when the clock is set right', () => {
    const { guard, time } = fixture();
    expect(guard.trusts({ now: NOW + 31 * DAY, seen: NOW, erasing: 90, total: 100 })).toBe(false);
    time.uptime = 60_000;
    expect(guard.trusts({ now: NOW + 60_000, seen: NOW, erasing: 1, total: 100 })).toBe(true);
    expect(guard.held).toBe(false);
    time.uptime = 2 * DAY;
    expect(guard.trusts({ now: NOW + 40 * DAY, seen: NOW, erasing: 90, total: 100 })).toBe(false);
  });

  it.each([
    ['a server that ran all the time', NOW + 31 * DAY, 31 * DAY, 90],
    ['few sessions', NOW + 31 * DAY, 0, 5],
    ['a night off', NOW + DAY / 2, 0, 90],
    ['a clock that went back', NOW - 31 * DAY, 0, 90],
  ])('believes the clock of %s', (_, now, uptime, erasing) => {
    const { guard, time } = fixture();
    guard.trusts({ now: NOW, seen: NOW, erasing: 0, total: 100 });
    time.uptime = uptime;
    expect(guard.trusts({ now, seen: NOW, erasing, total: 100 })).toBe(true);
  });

  it('believes the first clock that it sees', () => {
    expect(fixture().guard.trusts({ now: NOW, seen: undefined, erasing: 90, total: 100 })).toBe(true);
  });
});
