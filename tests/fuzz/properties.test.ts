import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFlo, encodeFlo } from '../../src/flow/flo-file.js';
import { Av1Format } from '../../src/ingest/rtp/av1-format.js';
import { H264Format } from '../../src/ingest/rtp/h264-format.js';
import { JitterBuffer } from '../../src/ingest/rtp/jitter-buffer.js';
import type { PayloadFormat } from '../../src/ingest/rtp/payload-format.js';
import { Vp8Format } from '../../src/ingest/rtp/vp8-format.js';
import { nack } from '../../src/ingest/rtp/rtcp.js';
import { SseParser } from '../../src/llm/endpoint/sse.js';

const bytes = (min: number, max: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: min, maxLength: max });
const cut = (data: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.max(1, Math.ceil(data.length / size)) }, (_, at) => data.subarray(at * size, (at + 1) * size));
function through(format: PayloadFormat, payloads: readonly Uint8Array[]): Buffer | undefined {
  for (const payload of payloads) if (!format.add(payload)) return undefined;
  const frame = format.finish();
  return frame && Buffer.from(frame.data);
}

describe('depacketizers give back what was packed', () => {
  it('VP8, in packets of any size', () => {
    fc.assert(
      fc.property(bytes(10, 3000), fc.integer({ min: 1, max: 1200 }), (body, size) => {
        const frame = Buffer.concat([Buffer.of(0x51, 0, 0), body]);
        const payloads = cut(frame, size).map((part, at) => Buffer.concat([Buffer.of(at === 0 ? 0x10 : 0), part]));
        expect(through(new Vp8Format(), payloads)?.equals(frame)).toBe(true);
      }),
    );
  });

  it('H.264, in fragments of any size, and nothing when one is missing', () => {
    fc.assert(
      fc.property(bytes(100, 3000), fc.integer({ min: 2, max: 40 }), fc.nat(), (body, size, drop) => {
        const unit = Buffer.concat([Buffer.of(0x41, 0x9a), body]);
        const parts = cut(unit.subarray(1), size);
        const payloads = parts
          .map((part, at) => Buffer.concat([Buffer.of(0x5c, 1 | (at === 0 ? 0x80 : 0) | (at === parts.length - 1 ? 0x40 : 0)), part]))
          .filter((payload) => payload.length > 2);
        expect(through(new H264Format(), payloads)?.equals(Buffer.concat([Buffer.of(0, 0, 0, 1), unit]))).toBe(true);
        // A middle fragment's loss shows in the sequence numbers alone; the first and the last one's show here.
        const without = payloads.filter((_, at) => at !== (drop % 2 === 0 ? 0 : payloads.length - 1));
        expect(through(new H264Format(), without)).toBeUndefined();
      }),
    );
  });

  it('AV1, whole or cut in two at any byte', () => {
    fc.assert(
      fc.property(bytes(2, 120), fc.nat(), (body, at) => {
        const obu = Buffer.concat([Buffer.of(0x30), body]);
        const middle = 1 + (at % (obu.length - 1));
        const whole = through(new Av1Format(), [Buffer.concat([Buffer.of(0x10), obu])]);
        const halves = through(new Av1Format(), [
          Buffer.concat([Buffer.of(0x50), obu.subarray(0, middle)]),
          Buffer.concat([Buffer.of(0x90), obu.subarray(middle)]),
        ]);
        expect(whole?.length).toBe(obu.length + 1);
        expect(halves?.equals(whole ?? Buffer.alloc(0))).toBe(true);
      }),
    );
  });
});

describe('the jitter buffer', () => {
  it('gives packets in order, each once, whatever the order and the repeats in which they come', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 65_535 }),
        fc.integer({ min: 1, max: 60 }),
        fc.array(fc.nat(), { maxLength: 120 }),
        (first, count, order) => {
          const got: number[] = [];
          let lost = 0;
          const buffer = new JitterBuffer({
            packet: ({ sequence }) => {
              got.push(sequence);
            },
            lost: (missing) => {
              lost += missing;
            },
            nack: () => undefined,
          });
          const push = (at: number, now: number): void => {
            buffer.push(
              {
                payloadType: 96,
                ssrc: 1,
                sequence: (first + at) % 65_536,
                timestamp: 0,
                marker: false,
                payload: new Uint8Array(1),
                receivedAt: now,
              },
              now,
            );
          };
          push(0, 0);
          order.forEach((at, now) => {
            push(at % count, Math.min(now, 50));
          });
          for (let at = 0; at < count; at++) push(at, 50);
          expect(got).toEqual(Array.from({ length: count }, (_, at) => (first + at) % 65_536));
          expect(lost).toBe(0);
        },
      ),
    );
  });
});

describe('NACKs', () => {
  it('name exactly the packets asked for (RFC 4585 section 6.2.1)', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 65_535 }), { minLength: 1, maxLength: 60 }), (list) => {
        const sorted = [...list].sort((a, b) => a - b);
        const packet = nack(1, 2, sorted);
        const named: number[] = [];
        for (let at = 12; at < packet.length; at += 4) {
          const start = packet.readUInt16BE(at);
          named.push(start);
          for (let bit = 0; bit < 16; bit++) if (packet.readUInt16BE(at + 2) & (1 << bit)) named.push((start + bit + 1) % 65_536);
        }
        expect(named).toEqual(sorted);
      }),
    );
  });
});

describe('an event stream', () => {
  it('says the same wherever it is cut', () => {
    const piece = fc.constantFrom('data: a', 'data:b', '\n', '\r\n', '\r', '\n\n', ': c', 'ü€😀');
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 30 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20 }),
        (pieces, sizes) => {
          const stream = Buffer.from(pieces.join(''));
          const once = new SseParser();
          const expected = [...once.push(stream), ...once.end()];
          const parser = new SseParser();
          const got: string[] = [];
          for (let at = 0, turn = 0; at < stream.length; turn++) {
            const size = sizes[turn % sizes.length] ?? 1;
            got.push(...parser.push(stream.subarray(at, at + size)));
            at += size;
          }
          expect([...got, ...parser.end()]).toEqual(expected);
        },
      ),
    );
  });
});

describe('a .flo file', () => {
  it('gives back the field', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 20 }),
        fc.infiniteStream(fc.float({ noNaN: true })),
        (width, height, numbers) => {
          const data = Float32Array.from({ length: 2 * width * height }, () => (numbers.next().value as number | undefined) ?? 0);
          expect(decodeFlo(encodeFlo({ width, height, data }))).toEqual({ width, height, data });
        },
      ),
    );
  });
});
