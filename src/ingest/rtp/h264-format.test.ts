import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { H264Format } from './h264-format.js';

const SPS = [0x67, 0x42, 0xe0, 0x1f];
const PPS = [0x68, 0xce, 0x3c, 0x80];
/** The second byte's highest bit is first_mb_in_slice 0. */
const IDR = [0x65, 0x88, 0x84];
const DELTA = [0x41, 0x9a, 0x02];
const CODE = [0, 0, 0, 1];
const stap = (...units: number[][]): Uint8Array =>
  Uint8Array.of(24, ...units.flatMap((unit) => [unit.length >> 8, unit.length & 255, ...unit]));

describe('H.264 payloads (RFC 6184)', () => {
  it('unpacks STAP-A and a single unit to Annex B', () => {
    const format = new H264Format();
    expect(format.add(stap(SPS, PPS))).toBe(true);
    expect(format.add(Uint8Array.from(IDR))).toBe(true);
    expect(format.finish()).toEqual({ data: Uint8Array.from([...CODE, ...SPS, ...CODE, ...PPS, ...CODE, ...IDR]), keyframe: true });
  });

  it('joins fragments (FU-A) and restores the header', () => {
    const format = new H264Format();
    for (const unit of [SPS, PPS]) format.add(Uint8Array.from(unit));
    expect(format.add(Uint8Array.of(0x7c, 0x85, 0x88))).toBe(true);
    expect(format.add(Uint8Array.of(0x7c, 0x05, 0x11))).toBe(true);
    expect(format.add(Uint8Array.of(0x7c, 0x45, 0x22))).toBe(true);
    const frame = format.finish();
    expect(frame?.keyframe).toBe(true);
    expect([...(frame?.data ?? [])].slice(-8)).toEqual([...CODE, 0x65, 0x88, 0x11, 0x22]);
  });

  it('does not call a picture a keyframe before SPS and PPS are known', () => {
    const format = new H264Format();
    format.add(Uint8Array.from(IDR));
    expect(format.finish()?.keyframe).toBe(false);
    format.add(stap(SPS, PPS, IDR));
    expect(format.finish()?.keyframe).toBe(true);
    format.add(Uint8Array.from(IDR));
    expect(format.finish()?.keyframe).toBe(true); // known by now
  });

  it("puts the offer's parameter sets before a keyframe that has none", () => {
    const format = new H264Format([Uint8Array.from(SPS), Uint8Array.from(PPS)]);
    format.add(Uint8Array.from(IDR));
    expect(format.finish()).toEqual({ data: Uint8Array.from([...CODE, ...SPS, ...CODE, ...PPS, ...CODE, ...IDR]), keyframe: true });
  });

  it('gives nothing when the first slice is missing', () => {
    const format = new H264Format();
    format.add(stap(SPS, PPS, IDR));
    format.finish();
    format.add(Uint8Array.of(0x65, 0x28, 0x84)); // first_mb_in_slice is not 0
    expect(format.finish()).toBeUndefined();
  });

  it('refuses a fragment without its beginning, a unit between fragments, and gives nothing of an unfinished one', () => {
    expect(new H264Format().add(Uint8Array.of(0x7c, 0x05, 0x11))).toBe(false);
    const format = new H264Format();
    format.add(Uint8Array.of(0x7c, 0x85, 0x88));
    expect(format.add(Uint8Array.from(DELTA))).toBe(false);
    const open = new H264Format();
    open.add(Uint8Array.of(0x7c, 0x85, 0x88));
    expect(open.finish()).toBeUndefined();
  });

  it.each([
    [[]],
    [[0xe5, 1, 2]],
    [[24, 0]],
    [[24, 0, 9, 1]],
    [[24, 0, 0]],
    [[25, 1, 2]],
    [[29, 0x85, 0, 0]],
    [[28, 0xc5, 1]],
    [[28, 0x9c, 1]],
  ])('refuses %j', (bytes) => {
    expect(new H264Format().add(Uint8Array.from(bytes))).toBe(false);
  });

  it('never throws on anything', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 20 }), (payloads) => {
        const format = new H264Format();
        for (const payload of payloads) format.add(payload);
        format.finish();
      }),
    );
  });
});
