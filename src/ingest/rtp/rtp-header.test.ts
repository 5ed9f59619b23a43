import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extensionElement, paddedEnd, readRtpHeader } from './rtp-header.js';

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const PLAIN = '80 e0 12 34 00 00 00 05 00 00 00 07';

describe('readRtpHeader', () => {
  it('reads the fixed part', () => {
    expect(readRtpHeader(bytes(`${PLAIN} aa`))).toMatchObject({
      marker: true,
      payloadType: 96,
      sequence: 0x1234,
      timestamp: 5,
      ssrc: 7,
      padding: false,
      payloadOffset: 12,
    });
  });

  it('finds the payload behind contributing sources and extensions', () => {
    expect(
      readRtpHeader(bytes('92 60 00 01 00 00 00 05 00 00 00 07 00 00 00 01 00 00 00 02 be de 00 01 10 ff 00 00 aa'))?.payloadOffset,
    ).toBe(28);
  });

  it.each([
    ['an extension longer than the packet', `90${PLAIN.slice(2)} be de ff ff 00 00 00 00`],
    ['an extension without its length', `90${PLAIN.slice(2)} be de`],
    ['sources that are not there', `8f${PLAIN.slice(2)} 00 00`],
    ['another version', `40${PLAIN.slice(2)} 00`],
    ['too little', '80 60 00'],
    ['nothing', ''],
  ])('refuses %s', (_, hex) => {
    expect(readRtpHeader(bytes(hex))).toBeUndefined();
  });

  it('refuses an extension larger than any sender has a use for, even where it is there', () => {
    const packet = new Uint8Array(16 + 1028);
    packet.set(bytes(`90${PLAIN.slice(2)} be de 01 01`));
    expect(readRtpHeader(packet)).toBeUndefined();
  });

  it('never looks beyond the packet', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (packet) => {
        const header = readRtpHeader(packet);
        return header === undefined || (header.extensionOffset <= header.payloadOffset && header.payloadOffset <= packet.length);
      }),
    );
  });
});

describe('extensionElement', () => {
  const read = (hex: string, id: number): number[] | undefined => {
    const packet = bytes(`90${PLAIN.slice(2)} ${hex}`);
    const header = readRtpHeader(packet);
    const found = header && extensionElement(packet, header, id);
    return found && [...found];
  };

  it('reads the one-byte and the two-byte form', () => {
    expect(read('be de 00 02 10 ff 00 22 01 02 03 00', 1)).toEqual([255]);
    expect(read('be de 00 02 10 ff 00 22 01 02 03 00', 2)).toEqual([1, 2, 3]);
    expect(read('10 00 00 02 02 03 aa bb cc 00 07 00', 2)).toEqual([0xaa, 0xbb, 0xcc]);
    expect(read('10 00 00 02 02 03 aa bb cc 00 07 00', 7)).toEqual([]);
  });

  it('finds nothing in what lies about its length, ends by id 15 or has another profile', () => {
    expect(read('be de 00 01 1f 01 02 03', 1)).toBeUndefined();
    expect(read('10 00 00 01 01 ff 02 03', 1)).toBeUndefined();
    expect(read('be de 00 02 f0 00 10 01 00 00 00 00', 1)).toBeUndefined();
    expect(read('ab cd 00 01 10 01 00 00', 1)).toBeUndefined();
  });
});

describe('paddedEnd', () => {
  const end = (hex: string): number | undefined => paddedEnd(bytes(hex), { padding: true, payloadOffset: 2 });
  it('takes honest padding off, all of the payload if need be', () => {
    expect(end('00 00 aa bb 02')).toBe(3);
    expect(end('00 00 aa bb 03')).toBe(2);
  });
  it('refuses padding of no bytes, and of more than there are', () => {
    expect(end('00 00 aa bb 00')).toBeUndefined();
    expect(end('00 00 aa bb 04')).toBeUndefined();
    expect(end('00 00')).toBeUndefined();
  });
});
