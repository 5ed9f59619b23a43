import { describe, expect, it } from 'vitest';
import { HandshakeReorderer } from './handshake-reorderer.js';

const [HELLO, CERTIFICATE, KEYS, VERIFY] = [1, 11, 16, 15];

function message(
  type: number,
  sequence: number,
  { length = 4, offset = 0, part = length }: { length?: number; offset?: number; part?: number } = {},
): Buffer {
  const bytes = Buffer.alloc(12 + part, type);
  bytes.writeUIntBE(length, 1, 3);
  bytes.writeUInt16BE(sequence, 4);
  bytes.writeUIntBE(offset, 6, 3);
  bytes.writeUIntBE(part, 9, 3);
  return bytes;
}
const greeted = (): HandshakeReorderer => {
  const order = new HandshakeReorderer();
  for (const sequence of [0, 1]) order.filter(message(HELLO, sequence));
  return order;
};
const passes = (order: HandshakeReorderer, one: Buffer): boolean => order.filter(one).equals(one);

describe('HandshakeReorderer', () => {
  it('lets a flight through once, and hellos as often as they come', () => {
    const order = greeted();
    for (const one of [message(CERTIFICATE, 2), message(KEYS, 3), message(VERIFY, 4)]) {
      expect(passes(order, one)).toBe(true);
      expect(order.filter(one)).toHaveLength(0);
    }
    expect(passes(order, message(HELLO, 1))).toBe(true);
    expect(order.filter(message(KEYS, 3))).toHaveLength(0);
  });

  it('lets go of a first hello that comes after the second', () => {
    const order = new HandshakeReorderer();
    expect(passes(order, message(HELLO, 0))).toBe(true);
    expect(passes(order, message(HELLO, 0))).toBe(true);
    expect(passes(order, message(HELLO, 1))).toBe(true);
    expect(order.filter(message(HELLO, 0))).toHaveLength(0);
    expect(passes(order, message(HELLO, 1))).toBe(true);
  });

  it('takes nothing after a hole before the hole is filled', () => {
    const order = greeted();
    expect(order.filter(Buffer.concat([message(KEYS, 3), message(VERIFY, 4)]))).toHaveLength(0);
    const whole = Buffer.concat([message(CERTIFICATE, 2), message(KEYS, 3), message(VERIFY, 4)]);
    expect(order.filter(whole)).toEqual(whole);
  });

  it('takes the parts of a message in order', () => {
    const order = greeted();
    const parts = [0, 100, 200].map((offset) => message(CERTIFICATE, 2, { length: 300, offset, part: 100 }));
    const [first, second, third] = parts as [Buffer, Buffer, Buffer];
    expect(passes(order, first)).toBe(true);
    expect(passes(order, third)).toBe(false);
    expect(order.filter(Buffer.concat(parts))).toEqual(Buffer.concat([second, third]));
    expect(passes(order, message(KEYS, 3))).toBe(true);
  });

  it('takes nothing before a hello, nor what is cut short, nor a forged count', () => {
    expect(new HandshakeReorderer().filter(message(CERTIFICATE, 0))).toHaveLength(0);
    const order = greeted();
    order.filter(message(HELLO, 60_000));
    expect(order.filter(message(CERTIFICATE, 2).subarray(0, 14))).toHaveLength(0);
    expect(order.filter(Buffer.alloc(5))).toHaveLength(0);
    expect(passes(order, message(CERTIFICATE, 2))).toBe(true);
  });
});
