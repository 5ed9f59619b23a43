import { describe, expect, it } from 'vitest';
import { ANYONE } from './identity.js';
import { Tickets } from './tickets.js';

describe('Tickets', () => {
  it('are good once', () => {
    const tickets = new Tickets();
    const ticket = tickets.issue(ANYONE);
    expect(tickets.redeem(ticket)).toBe(ANYONE);
    expect(tickets.redeem(ticket)).toBeUndefined();
    expect(tickets.redeem('made-up')).toBeUndefined();
  });

  it('expire, and are bounded in number', () => {
    let now = 0;
    const tickets = new Tickets({ life: 100, most: 3, now: () => now });
    const [first, second] = [tickets.issue(ANYONE), tickets.issue(ANYONE)];
    now = 101;
    expect(tickets.redeem(first)).toBeUndefined();
    const many = Array.from({ length: 5 }, () => tickets.issue(ANYONE));
    expect(tickets.redeem(second)).toBeUndefined();
    expect(many.map((ticket) => tickets.redeem(ticket) !== undefined)).toEqual([false, false, true, true, true]);
  });
});
