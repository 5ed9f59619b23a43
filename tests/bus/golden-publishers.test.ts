import type * as crypto from 'node:crypto';
import { expect, it, vi } from 'vitest';
import { SharedTickets } from '../../src/cluster/shared-tickets.js';
import { Signalling, type Signal, type Signalled } from '../../src/cluster/signalling.js';
import { golden, goldenLines } from './golden.js';
import { Wiretap } from './wiretap.js';

/** The bucket in which tickets lie. */
const bucket = vi.hoisted(() => ({ held: new Map<string, Uint8Array>() }));
vi.mock('@nats-io/kv', () => ({
  Kvm: class {
    create(): Promise<unknown> {
      return Promise.resolve({
        create: (key: string, value: Uint8Array) => { bucket.held.set(key, value); return Promise.resolve(1); },
        get: (key: string) => Promise.resolve(bucket.held.has(key) ? { operation: 'PUT', revision: 1, value: bucket.held.get(key) } : null),
        delete: (key: string) => { bucket.held.delete(key); return Promise.resolve(); },
      });
    }
  },
}));
// A ticket that is the same each time, as what it seals then is.
vi.mock('node:crypto', async (original) => ({ ...await original<typeof crypto>(), randomBytes: (length: number) => Buffer.alloc(length, 7) }));

const DIGEST = '0123456789abcdef'.repeat(4);

const SIGNALS: Signal[] = [
  { v: 1, do: 'begin', key: DIGEST, offer: 'v=0\r\n', name: 'Zoë', holder: 'desk', token: DIGEST },
  { v: 1, do: 'begin', key: DIGEST, offer: 'v=0\r\n' },
  { v: 1, do: 'find', key: DIGEST, by: { token: DIGEST, identity: { session: 'Zoë' } } },
  { v: 1, do: 'trickle', key: DIGEST, by: {}, fragment: 'a=ice-ufrag:abcd\r\n', if_match: '"1"' },
  { v: 1, do: 'end', key: DIGEST, by: { identity: {} } },
];
const ANSWERS: Signalled[] = [
  { is: 'begun', answer: 'v=0\r\n', etag: '"1"', session: 's1', links: ['<stun:stun.example.org>; rel="ice-server"'] },
  { is: 'refused', status: 503, title: 'Service Unavailable', code: 'full', detail: 'all places are taken', retry_after: 5 },
  { is: 'found', found: true },
  { is: 'trickled', body: 'a=ice-ufrag:efgh\r\n', etag: '"2"' },
  { is: 'ended' },
];

it('WHIP for a publisher of another process, version 1: asked and answered as when it was released', async () => {
  const [asked, has] = [new Wiretap('n2'), new Wiretap('n1')];
  const signalling = new Signalling(asked.nats, () => undefined);
  asked.reply = () => new TextEncoder().encode('{"is":"ended"}');
  for (const signal of SIGNALS) await signalling.ask('n1', signal, 1000);
  expect(asked.last('mellm.whip.n1')).toBeDefined();
  const signals = goldenLines('whip-signals.v1.jsonl', asked.sent.map(({ data }) => data));

  const obeyed: Signal[] = [];
  new Signalling(has.nats, () => undefined).serve((signal) => { obeyed.push(signal); return Promise.resolve(ANSWERS[obeyed.length - 1] ?? { is: 'ended' }); });
  const answers: Uint8Array[] = [];
  for (const signal of signals) answers.push(new Uint8Array(Buffer.concat(await has.deliver('mellm.whip.n1', signal))));
  expect(obeyed).toEqual(SIGNALS);

  const released = goldenLines('whip-answers.v1.jsonl', answers);
  asked.reply = () => released.shift() ?? new Uint8Array();
  const heard: Signalled[] = [];
  for (const signal of SIGNALS) heard.push(await signalling.ask('n1', signal, 1000));
  expect(heard).toEqual(ANSWERS);
});

it('what a path tells of the process that has its resource', () => {
  expect(new Signalling(new Wiretap('n1').nats, () => undefined).tag).toBe('Z2uLuEzn');
});

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
