import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/property-runs.js';
import { FrameAssembler, type AssembledFrame } from './frame-assembler.js';
import { payloadFormat } from './payload-formats.js';
import { Vp8Format } from './vp8-format.js';

const KEY = [0x10, 0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x10, 0x00, 0x10, 0x00];
const DELTA = [0x10, 0x11, 0, 0, 9];

function assembler(): {
  readonly out: string[];
  readonly push: (timestamp: number, payload: number[], marker?: boolean) => void;
  readonly gap: () => void;
} {
  const out: string[] = [];
  const made = new FrameAssembler(new Vp8Format(), {
    frame: ({ keyframe, timestamp }: AssembledFrame) => {
      out.push(`${keyframe ? 'key' : 'delta'} ${String(timestamp)}`);
    },
    dropped: () => {
      out.push('dropped');
    },
    needKeyframe: () => {
      out.push('need');
    },
  });
  return {
    out,
    push: (timestamp, payload, marker = true) => {
      made.push({ payloadType: 96, ssrc: 1, sequence: 0, timestamp, marker, payload: Uint8Array.from(payload), receivedAt: timestamp });
    },
    gap: () => {
      made.gap();
    },
  };
}

describe('FrameAssembler', () => {
  it('waits for a keyframe at the beginning', () => {
    const { out, push } = assembler();
    push(0, DELTA);
    push(1, KEY);
    push(2, DELTA);
    expect(out).toEqual(['dropped', 'need', 'key 1', 'delta 2']);
  });

  it('lets no delta frame pass after a loss, however whole it is', () => {
    const { out, push, gap } = assembler();
    push(1, KEY);
    gap();
    push(2, DELTA);
    push(3, DELTA);
    push(4, KEY);
    push(5, DELTA);
    expect(out).toEqual(['key 1', 'need', 'dropped', 'need', 'dropped', 'need', 'key 4', 'delta 5']);
  });

  it('drops a keyframe with a hole in it', () => {
    const { out, push, gap } = assembler();
    push(1, KEY, false);
    gap();
    push(1, [0, 1, 2]);
    push(2, DELTA);
    expect(out.filter((line) => !line.startsWith('need'))).toEqual(['dropped', 'dropped']);
  });

  it('ends a picture where the timestamp changes, marker or not', () => {
    const { out, push } = assembler();
    push(1, KEY, false);
    push(2, DELTA);
    expect(out).toEqual(['key 1', 'delta 2']);
  });

  it('passes nothing but what follows a keyframe without a hole, whatever comes', () => {
    const payload = fc.oneof(fc.constant(KEY), fc.constant(DELTA), fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 30 }));
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.record({ payload, marker: fc.boolean() }), fc.constant('gap' as const)), { maxLength: 40 }),
        (steps) => {
          const { out, push, gap } = assembler();
          let timestamp = 0;
          for (const step of steps) {
            if (step === 'gap') gap();
            else push(++timestamp, step.payload, step.marker);
          }
          let usable = false;
          for (const line of out) {
            if (line.startsWith('key')) usable = true;
            if (line.startsWith('delta')) expect(usable).toBe(true);
            if (line === 'need' || line === 'dropped') usable = false;
          }
        },
      ),
    );
  });

  it('survives random packets of every codec', () => {
    for (const codec of ['vp8', 'vp9', 'h264', 'av1'] as const) {
      fc.assert(
        fc.property(
          fc.array(fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.boolean(), fc.integer({ min: 0, max: 3 })), { maxLength: 30 }),
          (packets) => {
            let bytes = 0;
            const made = new FrameAssembler(payloadFormat({ codec, parameterSets: [] }), {
              frame: ({ data }) => {
                bytes += data.length;
              },
              dropped: () => undefined,
              needKeyframe: () => undefined,
            });
            for (const [payload, marker, timestamp] of packets)
              made.push({ payloadType: 96, ssrc: 1, sequence: 0, timestamp, marker, payload, receivedAt: 0 });
            expect(bytes).toBeLessThan(packets.length * 60 + 1);
          },
        ),
        { numRuns: runs(60) },
      );
    }
  });
});
