import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Vp8Format } from './vp8-format.js';

/** A key frame's first ten bytes: frame tag with its lowest bit 0, start code, 16x16. */
const KEY = [0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x10, 0x00, 0x10, 0x00];
const BEGINS = 0x10;

describe('VP8 payloads (RFC 7741)', () => {
  it('joins the packets of a key frame', () => {
    const format = new Vp8Format();
    expect(format.add(Uint8Array.of(BEGINS, ...KEY))).toBe(true);
    expect(format.add(Uint8Array.of(0x00, 1, 2, 3))).toBe(true);
    expect(format.finish()).toEqual({ data: Uint8Array.from([...KEY, 1, 2, 3]), keyframe: true });
  });

  it('skips a descriptor with 15-bit picture id, TL0PICIDX, TID and KEYIDX', () => {
    const format = new Vp8Format();
    expect(format.add(Uint8Array.of(BEGINS | 0x80, 0xf0, 0x81, 0x23, 7, 0x20, ...KEY))).toBe(true);
    expect(format.finish()?.data).toEqual(Uint8Array.from(KEY));
  });

  it('tells a delta frame', () => {
    const format = new Vp8Format();
    format.add(Uint8Array.of(BEGINS, 0x11, 0, 0, 9));
    expect(format.finish()?.keyframe).toBe(false);
  });

  it('refuses a middle without its beginning, and a second beginning', () => {
    const format = new Vp8Format();
    expect(format.add(Uint8Array.of(0x00, 1, 2))).toBe(false);
    expect(format.add(Uint8Array.of(BEGINS, ...KEY))).toBe(true);
    expect(format.add(Uint8Array.of(BEGINS, ...KEY))).toBe(false);
  });

  it('takes a later partition, which begins but is not the first', () => {
    const format = new Vp8Format();
    format.add(Uint8Array.of(BEGINS, ...KEY));
    expect(format.add(Uint8Array.of(BEGINS | 1, 5))).toBe(true);
  });

  it('gives no key frame without its start code', () => {
    const format = new Vp8Format();
    format.add(Uint8Array.of(BEGINS, 0x10, 2, 0, 1, 1, 1, 0, 0, 0, 0));
    expect(format.finish()).toBeUndefined();
  });

  it.each([[[]], [[0x80]], [[0x90, 0x80]], [[0x90, 0xf0, 0x80, 1, 2]], [[0x10]]])('refuses the cut payload %j', (bytes) => {
    expect(new Vp8Format().add(Uint8Array.from(bytes))).toBe(false);
  });

  it('never throws on anything', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 20 }), (payloads) => {
        const format = new Vp8Format();
        for (const payload of payloads) format.add(payload);
        const total = payloads.reduce((sum, { length }) => sum + length, 0);
        expect(format.finish()?.data.length ?? 0).toBeLessThanOrEqual(total);
      }),
    );
  });
});
