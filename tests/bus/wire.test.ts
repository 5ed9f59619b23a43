import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { LastingEvent, PassingEvent } from '../../src/annotations/schema.js';
import { decodeFrame, encodeFrame } from '../../src/bus/nats/frame.js';
import { decodeBegin, decodeEvents, decodePassing, encodeBegin, encodeEvents, encodePassing } from '../../src/bus/nats/wire.js';

/** Set MELLM_WRITE_GOLDEN to write the files of a new format version; never to make a failing test pass. */
function golden(name: string, made: Uint8Array): Uint8Array {
  const file = new URL(`golden/${name}`, import.meta.url);
  if (process.env['MELLM_WRITE_GOLDEN'] !== undefined) writeFileSync(file, made);
  return readFileSync(file);
}

const AT = '2026-11-21T10:00:00.000Z';
const events: LastingEvent[] = [
  { type: 'session.started', session: 's1', t: 0, seq: 1, name: 'Zoë', video: { width: 640, height: 480, codec: 'vp8' } },
  { type: 'annotation.opened', session: 's1', t: 1.5, seq: 2, annotation: 's1-1', face: 'f1', kind: 'micro', onset: 1.1, apex: 1.3, score: 0.75 },
  { type: 'annotation.updated', session: 's1', t: 1.7, seq: 3, annotation: 's1-1', offset: 1.6, mellm: { delta: 'lip corners rise' } },
  {
    type: 'annotation.closed', session: 's1', t: 2, seq: 4, annotation: {
      id: 's1-1', session: 's1', face: 'f1', kind: 'micro', onset: 1.1, apex: 1.3, offset: 1.6, score: 0.75,
      aus: [{ au: 'AU12', side: 'both', confidence: 0.9 }], emotion: { label: 'positive', probabilities: { negative: 0, positive: 1, surprise: 0, other: 0 } },
      rois: [{ region: 'left lip corner', mean_magnitude: 0.5, max_magnitude: 1, direction: 'up', angle_deg: 90, concentration: 0.8 }],
      text: 'AU12', source: { flow: 'meflownet@01234567', mellm: 'embedded@89abcdef' }, latency_ms: { spot: 120, flow: 40, mellm: 300 },
    },
  },
  { type: 'error', session: 's1', t: 2, seq: 5, code: 'store_full', message: 'the disk is full' },
  { type: 'session.ended', session: 's1', t: 3, seq: 6, reason: 'ended', totals: { duration: 3, frames_received: 90, frames_analyzed: 89, frames_dropped: 1, annotations: { micro: 1, macro: 0 } } },
];
const passing: PassingEvent = { type: 'signal', session: 's1', face: 'f1', t: [0.1, 0.2], motion: [0.01, 0.02], threshold: 0.1, unit: 'px' };
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

describe('the format on the bus, version 1', () => {
  it('writes and reads lasting events as it did when it was released', () => {
    const made = encodeEvents(events, AT);
    const file = golden('events.v1.json', made);
    expect(text(made)).toBe(text(file));
    expect(decodeEvents(file)).toMatchObject({ at: AT, events });
  });

  it('and the begin of a session, and passing events', () => {
    const begin = { at: AT, node: 'n1', session: { id: 's1', name: 'Zoë', made_with: { version: '0.1.0', models: ['meflownet@01234567'], settings: { 'llm.emotion': true } } } };
    expect(text(encodeBegin(begin))).toBe(text(golden('begin.v1.json', encodeBegin(begin))));
    expect(decodeBegin(golden('begin.v1.json', encodeBegin(begin)))).toMatchObject(begin);
    expect(text(encodePassing(passing, 'n1'))).toBe(text(golden('passing.v1.json', encodePassing(passing, 'n1'))));
    expect(decodePassing(encodePassing(passing, 'n1')).event).toEqual(passing);
  });

  it('and frames with bytes in them', () => {
    const made = encodeFrame({ v: 1, kind: 'flow', annotation: 's1-1' }, [new Uint8Array([1, 2, 3]), new Uint8Array(0), new Uint8Array([255])]);
    const file = golden('frame.v1.bin', made);
    expect([...made]).toEqual([...file]);
    expect(decodeFrame(file)).toEqual({ head: { v: 1, kind: 'flow', annotation: 's1-1' }, parts: [new Uint8Array([1, 2, 3]), new Uint8Array(0), new Uint8Array([255])] });
  });

  it('lets pass what a newer version adds to an event', () => {
    const newer = JSON.parse(text(encodeEvents(events, AT))) as { events: Record<string, unknown>[] };
    if (newer.events[0]) newer.events[0]['later'] = true;
    expect(decodeEvents(new TextEncoder().encode(JSON.stringify(newer))).events[0]).toHaveProperty('later', true);
  });

  it('names the version of a message that it can\'t read', () => {
    expect(() => decodeEvents(new TextEncoder().encode('{"v":2}'))).toThrow(/version 2 of the format.*same release everywhere/);
    expect(() => decodeFrame(new Uint8Array([2, 0, 0, 0, 0]))).toThrow(/version 2/);
  });

  it('takes no damaged frame for a whole one', () => {
    const whole = encodeFrame({ a: 1 }, [new Uint8Array(8)]);
    for (let length = 0; length < whole.length; length++) expect(() => decodeFrame(whole.subarray(0, length))).toThrow(/a message|the head/);
    expect(() => decodeFrame(new Uint8Array([...whole, 0]))).toThrow(/longer/);
    expect(() => decodeFrame(encodeFrame({ a: 1 }).map((byte, i) => (i === 5 ? 0 : byte)))).toThrow(/JSON/);
  });
});
