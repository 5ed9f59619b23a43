import type * as crypto from 'node:crypto';
import { expect, it, vi } from 'vitest';
import { SharedTickets } from '../../src/cluster/shared-tickets.js';
import { golden } from './golden.js';
import { Wiretap } from './wiretap.js';

/** The bucket in which tickets lie. */
const bucket = vi.hoisted(() => ({ held: new Map<string, Uint8Array>() }));
vi.mock('@nats-io/kv', () => ({
  Kvm: class {
    create(): Promise<unknown> {
      return Promise.resolve({
        create: (key: string, value: Uint8Array) => {
          bucket.held.set(key, value);
          return Promise.resolve(1);
        },
        get: (key: string) => Promise.resolve(bucket.held.has(key) ? { operation: 'PUT', revision: 1, value: bucket.held.get(key) } : null),
        delete: (key: string) => {
          bucket.held.delete(key);
          return Promise.resolve();
        },
      });
    }
  },
}));
// A ticket that is the same each time, as what it seals then is.
vi.mock('node:crypto', async (original) => ({
  ...(await original<typeof crypto>()),
  randomBytes: (length: number) => Buffer.alloc(length, 7),
}));

it('a ticket, version 1: sealed and opened as when it was released', async () => {
  const tickets = await SharedTickets.open(new Wiretap('n1').nats);
  const holder = { id: 'desk', grants: ['watch', 'publish'] as const, session: 'Zoë', expires: 1_764_000_000, anonymous: false };
  const ticket = await tickets.issue(holder);
  const [[key = '', sealed] = []] = bucket.held;
  // The digest of the ticket.
  expect(key).toBe('61f62db7651c8ab3c160b5aa0db8fb7140a9bdbbefa6649cee6358e4fe73604a');
  bucket.held.set(key, golden('ticket.v1.bin', sealed));
  expect(await tickets.redeem(ticket)).toMatchObject(holder);
  expect(await tickets.redeem(ticket)).toBeUndefined();
});
