import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { IceShield } from './ice-shield.js';

/** A binding request as RFC 8489 writes it. */
function bindingRequest(username: string, password: string): Buffer {
  const name = Buffer.from(username);
  const padded = Buffer.concat([name, Buffer.alloc((4 - (name.length % 4)) % 4)]);
  const header = Buffer.alloc(20);
  header.writeUInt16BE(1, 0);
  header.writeUInt32BE(0x2112a442, 4);
  randomBytes(12).copy(header, 8);
  const attribute = Buffer.alloc(4);
  attribute.writeUInt16BE(6, 0);
  attribute.writeUInt16BE(name.length, 2);
  const body = Buffer.concat([attribute, padded]);
  header.writeUInt16BE(body.length + 24, 2);
  const digest = createHmac('sha1', password)
    .update(Buffer.concat([header, body]))
    .digest();
  return Buffer.concat([header, body, Buffer.from([0, 8, 0, 20]), digest]);
}

const CLIENT_HELLO = Buffer.from('16fefd000000000000000000', 'hex');

describe('IceShield', () => {
  const shield = (): IceShield => {
    const made = new IceShield();
    made.credentials('ours', 'secret');
    return made;
  };

  it('lets nothing but STUN in before an address has proved itself', () => {
    const made = shield();
    expect(made.admits(CLIENT_HELLO, '192.0.2.1', 5000)).toBe(false);
    expect(made.admits(bindingRequest('ours:theirs', 'secret'), '192.0.2.1', 5000)).toBe(true);
    expect(made.admits(CLIENT_HELLO, '192.0.2.1', 5000)).toBe(true);
    expect(made.admits(CLIENT_HELLO, '192.0.2.1', 5001)).toBe(false);
    expect(made.admits(CLIENT_HELLO, '192.0.2.2', 5000)).toBe(false);
    expect(made.refused).toBe(3);
  });

  it('refuses requests with a wrong password, a wrong name, none, or changed bytes', () => {
    const made = shield();
    expect(made.admits(bindingRequest('ours:theirs', 'guess'), '192.0.2.1', 5000)).toBe(false);
    expect(made.admits(bindingRequest('other:theirs', 'secret'), '192.0.2.1', 5000)).toBe(false);
    const changed = bindingRequest('ours:theirs', 'secret');
    changed[30] = (changed[30] ?? 0) ^ 1;
    expect(made.admits(changed, '192.0.2.1', 5000)).toBe(false);
    expect(made.admits(bindingRequest('ours:theirs', 'secret').subarray(0, 20), '192.0.2.1', 5000)).toBe(false);
    expect(made.admits(CLIENT_HELLO, '192.0.2.1', 5000)).toBe(false);
  });

  it('keeps the credentials before an ICE restart, and no older ones', () => {
    const made = shield();
    made.credentials('new1', 'secret1');
    expect(made.admits(bindingRequest('ours:theirs', 'secret'), '192.0.2.1', 1)).toBe(true);
    made.credentials('new2', 'secret2');
    expect(made.admits(bindingRequest('ours:theirs', 'secret'), '192.0.2.1', 1)).toBe(false);
  });

  it('remembers a bounded number of addresses', () => {
    const made = shield();
    for (let port = 1; port <= 100; port++) made.admits(bindingRequest('ours:theirs', 'secret'), '192.0.2.1', port);
    expect(made.admits(CLIENT_HELLO, '192.0.2.1', 1)).toBe(false);
    expect(made.admits(CLIENT_HELLO, '192.0.2.1', 100)).toBe(true);
  });

  it("takes a request that was recorded and sent again from elsewhere for nobody's", () => {
    const made = shield();
    const request = bindingRequest('ours:theirs', 'secret');
    expect(made.admits(request, '192.0.2.1', 5000)).toBe(true);
    expect(made.admits(request, '192.0.2.1', 5000)).toBe(true);
    expect(made.admits(request, '192.0.2.66', 5000)).toBe(false);
    expect(made.admits(CLIENT_HELLO, '192.0.2.66', 5000)).toBe(false);
  });

  it('refuses what was added behind the seal', () => {
    const made = shield();
    const nominate = Buffer.concat([bindingRequest('ours:theirs', 'secret'), Buffer.of(0, 0x25, 0, 0)]);
    nominate.writeUInt16BE(nominate.length - 20, 2);
    expect(made.admits(nominate, '192.0.2.1', 5000)).toBe(false);
    const fingerprint = Buffer.concat([bindingRequest('ours:theirs', 'secret'), Buffer.of(0x80, 0x28, 0, 4, 1, 2, 3, 4)]);
    fingerprint.writeUInt16BE(fingerprint.length - 20, 2);
    expect(made.admits(fingerprint, '192.0.2.1', 5000)).toBe(true);
  });

  it('lets only the responses in that are waited for', () => {
    const made = new IceShield({ expects: (transaction) => transaction === '0102030405060708090a0b0c' });
    const response = (last: number): Buffer => Buffer.from([1, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, last]);
    expect(made.admits(response(12), '192.0.2.1', 1)).toBe(true);
    expect(made.admits(response(13), '192.0.2.1', 1)).toBe(false);
  });

  it('never pushes out the address in use, and ends a flood of new ones', () => {
    const made = new IceShield({ selected: () => '192.0.2.1:1' });
    made.credentials('ours', 'secret');
    let taken = 0;
    for (let port = 1; port <= 1000; port++) if (made.admits(bindingRequest('ours:theirs', 'secret'), '192.0.2.1', port)) taken++;
    expect(made.admits(CLIENT_HELLO, '192.0.2.1', 1)).toBe(true);
    expect(taken).toBe(256);
  });
});
