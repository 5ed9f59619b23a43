import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JitterBuffer } from './jitter-buffer.js';
import type { RtpPacket } from './packet.js';

const packet = (sequence: number): RtpPacket => ({
  payloadType: 96,
  ssrc: 1,
  sequence: sequence & 0xffff,
  timestamp: 0,
  marker: false,
  payload: new Uint8Array(1),
  receivedAt: 0,
});

function buffer(options?: ConstructorParameters<typeof JitterBuffer>[1]): { readonly out: string[]; readonly jitter: JitterBuffer } {
  const out: string[] = [];
  const jitter = new JitterBuffer(
    {
      packet: ({ sequence }) => {
        out.push(String(sequence));
      },
      lost: (count) => {
        out.push(`lost ${String(count)}`);
      },
      nack: (sequences) => {
        out.push(`nack ${sequences.join()}`);
      },
    },
    options,
  );
  return { out, jitter };
}

describe('JitterBuffer', () => {
  it('passes what is in order at once', () => {
    const { out, jitter } = buffer();
    for (const sequence of [65_534, 65_535, 0, 1]) jitter.push(packet(sequence), 0);
    expect(out).toEqual(['65534', '65535', '0', '1']);
  });

  it('asks for a missing packet at once, again later, and takes it when it comes', () => {
    const { out, jitter } = buffer();
    jitter.push(packet(1), 0);
    jitter.push(packet(3), 1);
    jitter.tick(10);
    jitter.tick(30);
    jitter.push(packet(2), 40);
    expect(out).toEqual(['1', 'nack 2', 'nack 2', '2', '3']);
    expect(jitter.waiting).toBe(false);
    expect(jitter.missed).toBe(1);
  });

  it('gives up after the latency, in order', () => {
    const { out, jitter } = buffer({ latency: 100 });
    jitter.push(packet(1), 0);
    jitter.push(packet(3), 0);
    jitter.push(packet(6), 50);
    jitter.tick(101);
    jitter.push(packet(2), 102);
    expect(out.filter((line) => !line.startsWith('nack'))).toEqual(['1', 'lost 1', '3']);
    jitter.tick(151);
    expect(out.filter((line) => !line.startsWith('nack')).slice(3)).toEqual(['lost 2', '6']);
  });

  it('waits longer on a far link, but not without bound', () => {
    const { out, jitter } = buffer({ latency: 100 });
    jitter.roundTrip = 200;
    jitter.push(packet(1), 0);
    jitter.push(packet(3), 0);
    jitter.tick(300);
    expect(out).not.toContain('lost 1');
    jitter.tick(401);
    expect(out).toContain('lost 1');
  });

  it('drops what came twice and what comes too late', () => {
    const { out, jitter } = buffer();
    for (const sequence of [5, 5, 6, 4, 6]) jitter.push(packet(sequence), 0);
    expect(out).toEqual(['5', '6']);
  });

  it('begins anew when the sender does', () => {
    const { out, jitter } = buffer();
    jitter.push(packet(10), 0);
    jitter.push(packet(30_000), 0);
    jitter.push(packet(30_001), 0);
    expect(out).toEqual(['10', 'lost 1', '30000', '30001']);
  });

  it('holds a bounded number of packets', () => {
    const { jitter } = buffer({ capacity: 100 });
    jitter.push(packet(0), 0);
    for (let sequence = 2; sequence < 2000; sequence++) jitter.push(packet(sequence), 0);
    expect(jitter.held).toBeLessThanOrEqual(100);
  });

  it('always gives an ordered subset without doubles, and counts what it leaves out', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 30 })), { maxLength: 200 }),
        fc.integer({ min: 0, max: 65_535 }),
        (arrivals, base) => {
          const { out, jitter } = buffer({ latency: 50 });
          let now = 0;
          for (const [sequence, wait] of arrivals) jitter.push(packet(base + sequence), (now += wait));
          jitter.tick(now + 1000);
          const given = out.filter((line) => /^\d/.test(line)).map((line) => (Number(line) - base + 65_536 + 32_768) % 65_536);
          expect(given).toEqual([...new Set(given)].sort((a, b) => a - b));
          const lost = out.filter((line) => line.startsWith('lost')).reduce((sum, line) => sum + Number(line.slice(5)), 0);
          if (given.length > 0) expect((given.at(-1) ?? 0) - (given[0] ?? 0) + 1).toBe(given.length + lost);
          expect(jitter.held).toBe(0);
          expect(jitter.waiting).toBe(false);
        },
      ),
    );
  });
});
