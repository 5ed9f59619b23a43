import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Vp9Format } from './vp9-format.js';

const BEGINS = 0x08;
const ENDS = 0x04;
/** frame_marker 2, profile 0, not existing, frame_type 0 (key) or 1. */
const KEY = 0x80;
const INTER = 0x84;

describe('VP9 payloads (RFC 9628)', () => {
  it('joins a key frame of two packets', () => {
    const format = new Vp9Format();
    expect(format.add(Uint8Array.of(BEGINS, KEY, 1))).toBe(true);
    expect(format.add(Uint8Array.of(ENDS, 2))).toBe(true);
    expect(format.finish()).toEqual({ data: Uint8Array.of(KEY, 1, 2), keyframe: true });
  });

  it('tells an inter frame', () => {
    const format = new Vp9Format();
    format.add(Uint8Array.of(BEGINS | ENDS | 0x40, INTER, 1));
    expect(format.finish()?.keyframe).toBe(false);
  });

  it('reads picture id, layers and reference indices', () => {
    const format = new Vp9Format();
    // I, P, L, F, B, E: 15-bit picture id, layer byte of spatial layer 0, two references
    expect(format.add(Uint8Array.of(0x80 | 0x40 | 0x20 | 0x10 | BEGINS | ENDS, 0x81, 0x02, 0x00, 0x03, 0x02, INTER, 9))).toBe(true);
    expect(format.finish()?.data).toEqual(Uint8Array.of(INTER, 9));
  });

  it("reads the scalability structure of a browser's key frame", () => {
    const format = new Vp9Format();
    // N_S 0, Y: one size of four bytes; G: one picture group with one reference
    expect(format.add(Uint8Array.of(BEGINS | ENDS | 0x02, 0x18, 2, 128, 1, 224, 1, 0x04, 1, KEY, 5))).toBe(true);
    expect(format.finish()?.data).toEqual(Uint8Array.of(KEY, 5));
  });

  it('keeps only the lowest spatial layer', () => {
    const format = new Vp9Format();
    expect(format.add(Uint8Array.of(0x20 | BEGINS | ENDS, 0x00, 0, KEY, 1))).toBe(true);
    expect(format.add(Uint8Array.of(0x20 | BEGINS | ENDS, 0x02, 0, INTER, 2))).toBe(true);
    expect(format.finish()?.data).toEqual(Uint8Array.of(KEY, 1));
  });

  it('gives nothing when the end is missing', () => {
    const format = new Vp9Format();
    format.add(Uint8Array.of(BEGINS, KEY, 1));
    expect(format.finish()).toBeUndefined();
  });

  it.each([[[]], [[0x80]], [[0x20]], [[0x50, 1, 1, 1, 1, 1]], [[0x02, 0xff]]])('refuses the cut payload %j', (bytes) => {
    expect(new Vp9Format().add(Uint8Array.from(bytes))).toBe(false);
  });

  it('never throws on anything', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 20 }), (payloads) => {
        const format = new Vp9Format();
        for (const payload of payloads) format.add(payload);
        format.finish();
      }),
    );
  });
});
