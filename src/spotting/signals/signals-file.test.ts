import { describe, expect, it } from 'vitest';
import { MOTION_REGIONS, type MotionSample } from '../contract.js';
import { decodeSignals, encodeSignals, SIGNAL_COLUMNS } from './signals-file.js';

const sample = (index: number): MotionSample => ({
  face: 'f1',
  t: index / 32,
  index,
  epoch: 2,
  motion: Float32Array.from(MOTION_REGIONS.flatMap((_, r) => [r + index, -r])),
  sigma: new Float32Array(2 * MOTION_REGIONS.length).fill(0.125),
  eyes: [0.25, 0.5],
  mouth: 0.75,
  pose: { yaw: 0.5, pitch: -0.25, roll: 0.125 },
  headSpeed: 3,
  turnSpeed: 1.5,
  quality: 0.875,
});
const signals = { clip: 'clip "1"', face: 'f1', fps: 32, samples: [0, 1, 3].map(sample) };

describe('signals file', () => {
  it('gives back what was written', () => {
    expect(decodeSignals(encodeSignals(signals), 'x')).toEqual(signals);
    expect(decodeSignals(encodeSignals({ ...signals, samples: [] }), 'x').samples).toEqual([]);
  });

  it('is laid out as documented: a line of JSON, then aligned little-endian rows of 72 columns', () => {
    const bytes = encodeSignals(signals);
    const begin = bytes.indexOf(0x0a) + 1;
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(0, begin))) as Record<string, unknown>;
    expect(header).toMatchObject({
      format: 'mellm-signals',
      version: 1,
      clip: 'clip "1"',
      face: 'f1',
      fps: 32,
      rows: 3,
      regions: MOTION_REGIONS,
      columns: SIGNAL_COLUMNS,
    });
    expect(begin % 4).toBe(0);
    expect(bytes.length).toBe(begin + 3 * 72 * 4);
    const view = new DataView(bytes.buffer, begin);
    const row = Array.from({ length: 72 }, (_, i) => view.getFloat32(4 * (72 * 2 + i), true));
    expect(row.slice(0, 7)).toEqual([3 / 32, 3, 2, 3, -0, 4, -1]);
    expect(row.slice(63)).toEqual([0.25, 0.5, 0.75, 0.5, -0.25, 0.125, 3, 1.5, 0.875]);
  });

  it('reads from a view into a larger buffer at an odd place', () => {
    const bytes = encodeSignals(signals);
    const larger = new Uint8Array(bytes.length + 3);
    larger.set(bytes, 3);
    expect(decodeSignals(larger.subarray(3), 'x')).toEqual(signals);
  });

  it.each([
    ['cut off', (bytes: Uint8Array) => bytes.subarray(0, -4), /truncated/],
    ['another file', () => new TextEncoder().encode('RIFF\n'), /not a mellm-signals file/],
    ['an empty file', () => new Uint8Array(), /not a mellm-signals file/],
    [
      'another version',
      (bytes: Uint8Array) => new TextEncoder().encode(new TextDecoder('latin1').decode(bytes).replace('"version":1', '"version":9')),
      /version 9/,
    ],
    [
      'other regions',
      (bytes: Uint8Array) => Buffer.from(Buffer.from(bytes).toString('latin1').replace('"chin"', '"nose"'), 'latin1'),
      /regions or columns differ/,
    ],
  ])('refuses %s, naming the file', (_, damage, message) => {
    const attempt = (): unknown => decodeSignals(damage(encodeSignals(signals)), 'a.signals');
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(/a\.signals/);
  });
});
