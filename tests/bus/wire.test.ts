import { describe, expect, it } from 'vitest';
import type { EphemeralEvent } from '../../src/events/schema.js';
import { decodeFrame, encodeFrame } from '../../src/cluster/nats/frame.js';
import { decodeBegin, decodeEvents, decodeEphemeral, encodeBegin, encodeEvents, encodeEphemeral } from '../../src/cluster/nats/wire.js';
import { golden } from './golden.js';
import { AT, BEGIN, EVENTS } from './samples.js';

const ephemeral: EphemeralEvent = {
  type: 'signal',
  session: 's1',
  face: 'f1',
  t: [0.1, 0.2],
  motion: [0.01, 0.02],
  threshold: 0.1,
  unit: 'px',
};
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

describe('the format on the bus, version 1', () => {
  it('writes and reads durable events as it did when it was released', () => {
    expect(decodeEvents(golden('events.v1.json', encodeEvents(EVENTS, AT)))).toMatchObject({ at: AT, events: EVENTS });
  });

  it('and the begin of a session, and ephemeral events', () => {
    expect(decodeBegin(golden('begin.v1.json', encodeBegin(BEGIN)))).toMatchObject(BEGIN);
    expect(decodeEphemeral(golden('ephemeral.v1.json', encodeEphemeral(ephemeral, 'n1'))).event).toEqual(ephemeral);
  });

  it('and frames with bytes in them', () => {
    const made = encodeFrame({ v: 1, kind: 'flow', annotation: 's1-1' }, [
      new Uint8Array([1, 2, 3]),
      new Uint8Array(0),
      new Uint8Array([255]),
    ]);
    expect(decodeFrame(golden('frame.v1.bin', made))).toEqual({
      head: { v: 1, kind: 'flow', annotation: 's1-1' },
      parts: [new Uint8Array([1, 2, 3]), new Uint8Array(0), new Uint8Array([255])],
    });
  });

  it('lets pass what a newer version adds to an event', () => {
    const newer = JSON.parse(text(encodeEvents(EVENTS, AT))) as { events: Record<string, unknown>[] };
    if (newer.events[0]) newer.events[0]['later'] = true;
    expect(decodeEvents(new TextEncoder().encode(JSON.stringify(newer))).events[0]).toHaveProperty('later', true);
  });

  it("names the version of a message that it can't read", () => {
    expect(() => decodeEvents(new TextEncoder().encode('{"v":2}'))).toThrow(/version 2 of the format.*same release everywhere/);
    expect(() => decodeFrame(new Uint8Array([2, 0, 0, 0, 0]))).toThrow(/version 2/);
  });

  it('takes no damaged frame for a whole one', () => {
    const whole = encodeFrame({ a: 1 }, [new Uint8Array(8)]);
    for (let length = 0; length < whole.length; length++)
      expect(() => decodeFrame(whole.subarray(0, length))).toThrow(/truncated message|head/);
    expect(() => decodeFrame(new Uint8Array([...whole, 0]))).toThrow(/longer|trailing/);
    expect(() => decodeFrame(encodeFrame({ a: 1 }).map((byte, i) => (i === 5 ? 0 : byte)))).toThrow(/JSON/);
  });
});
