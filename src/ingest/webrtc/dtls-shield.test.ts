import { describe, expect, it } from 'vitest';
import { DtlsShield } from './dtls-shield.js';

function record(type: number, epoch: number, body: Buffer = Buffer.alloc(8)): Buffer {
  const header = Buffer.alloc(13);
  header.set([type, 0xfe, 0xfd]);
  header.writeUInt16BE(epoch, 3);
  header.writeUInt16BE(body.length, 11);
  return Buffer.concat([header, body]);
}
/** A ClientHello, which may come as often as it likes. */
const hello = (length = 8): Buffer => {
  const body = Buffer.alloc(12 + length);
  body[0] = 1;
  body.writeUIntBE(length, 1, 3);
  body.writeUIntBE(length, 9, 3);
  return record(22, 0, body);
};
/** Records whose body begins with `sealed` are authentic. */
function shield(): { readonly made: DtlsShield; readonly closed: () => number } {
  let closes = 0;
  const made = new DtlsShield(
    ({ body }) => {
      if (body.subarray(0, 6).toString() !== 'sealed') throw new Error('not authentic');
      return body.subarray(6);
    },
    () => {
      closes++;
    },
  );
  return { made, closed: () => closes };
}
const CLOSE = Buffer.concat([Buffer.from('sealed'), Buffer.of(1, 0)]);

describe('DtlsShield', () => {
  it('lets the handshake through, and nothing else', () => {
    const { made, closed } = shield();
    const first = hello();
    expect(made.filter(first)).toBe(first);
    expect(made.filter(record(20, 0))).toBeDefined();
    for (const type of [21, 23, 24, 63, 0]) expect(made.filter(record(type, 0))).toBeUndefined();
    expect(closed()).toBe(0);
  });

  it('takes out of a record what is repeated', () => {
    const { made } = shield();
    made.filter(hello());
    const certificate = Buffer.from([11, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1, 7]);
    const keys = Buffer.from([16, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 1, 7]);
    expect(made.filter(record(22, 0, certificate))).toEqual(record(22, 0, certificate));
    expect(made.filter(record(22, 0, Buffer.concat([certificate, keys])))).toEqual(record(22, 0, keys));
  });

  it('bounds the handshake', () => {
    const { made } = shield();
    let passed = 0;
    for (let shot = 0; shot < 1000; shot++) if (made.filter(hello(1000))) passed++;
    expect(passed).toBeLessThan(200);
  });

  it('lets nothing in plain text through once connected, but the repeated last flight', () => {
    const { made } = shield();
    made.connected = true;
    expect(made.filter(record(22, 0))).toBeUndefined();
    expect(made.filter(record(20, 0))).toBeUndefined();
    const finished = record(22, 1);
    expect(made.filter(Buffer.concat([record(22, 0), record(20, 0), finished, record(99, 1)]))).toEqual(finished);
    expect(made.refused).toBe(5);
  });

  it('believes only authentic alerts', () => {
    const { made, closed } = shield();
    made.filter(record(21, 1, CLOSE));
    made.connected = true;
    made.filter(record(21, 0, Buffer.of(1, 0)));
    made.filter(record(21, 1, Buffer.of(0, 0, 0, 0, 0, 0, 0, 1, 5, 5, 5, 5)));
    expect(closed()).toBe(0);
    expect(made.filter(record(21, 1, CLOSE))).toBeUndefined();
    expect(closed()).toBe(1);
  });

  it('passes over what is cut short', () => {
    const { made } = shield();
    expect(made.filter(hello().subarray(0, 15))).toBeUndefined();
    expect(made.filter(Buffer.concat([hello(), hello().subarray(0, 9)]))).toEqual(hello());
    expect(made.filter(Buffer.alloc(0))).toBeUndefined();
  });
});
