import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Av1Format } from './av1-format.js';

const SEQUENCE = [0x08, 1, 2];
const FRAME = [0x30, 3, 4, 5];
const NEW = 0x08;

describe('AV1 payloads', () => {
  it('writes size fields and leaves out the temporal delimiter', () => {
    const format = new Av1Format();
    // W 3: two lengths, the last without
    expect(format.add(Uint8Array.of(NEW | 0x30, 1, 0x10, 3, ...SEQUENCE, ...FRAME))).toBe(true);
    expect(format.finish()).toEqual({ data: Uint8Array.of(0x0a, 2, 1, 2, 0x32, 3, 3, 4, 5), keyframe: true });
  });

  it('joins an OBU that goes on in the next packet', () => {
    const format = new Av1Format();
    expect(format.add(Uint8Array.of(0x40 | 0x10, 0x30, 1, 2))).toBe(true);
    expect(format.add(Uint8Array.of(0x80 | 0x10, 3, 4))).toBe(true);
    expect(format.finish()).toEqual({ data: Uint8Array.of(0x32, 4, 1, 2, 3, 4), keyframe: false });
  });

  it('reads packets with a length for every OBU (W 0)', () => {
    const format = new Av1Format();
    expect(format.add(Uint8Array.of(0x00, 3, ...SEQUENCE, 4, ...FRAME))).toBe(true);
    expect(format.finish()?.keyframe).toBe(true);
  });

  it('refuses a continuation without its beginning, and gives nothing of an unfinished OBU', () => {
    expect(new Av1Format().add(Uint8Array.of(0x90, 1, 2))).toBe(false);
    const format = new Av1Format();
    format.add(Uint8Array.of(0x50, 0x30, 1));
    expect(format.finish()).toBeUndefined();
  });

  it.each([[[]], [[0x10]], [[0x00, 9, 1]], [[0x20, 0x80]], [[0x10, 0xb0, 1]], [[0x10, 0x32, 9, 1]]])('refuses %j', (bytes) => {
    expect(new Av1Format().add(Uint8Array.from(bytes))).toBe(false);
  });

  it('never throws on anything', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 20 }), (payloads) => {
        const format = new Av1Format();
        for (const payload of payloads) format.add(payload);
        format.finish();
      }),
    );
  });
});
