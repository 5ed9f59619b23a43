import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { CURVES, type SeriesPoint } from './series-curves.js';

/** Written first, so that a later layout can be told apart. */
const VERSION = 1;
/** Seconds that times are rounded to, counted from the block's first. */
const TIME_STEP = 0.0005;
/** Stands for "not known". */
const UNKNOWN = -32_768;
const LARGEST = 32_767;
/** Longest span whose times fit 16 bits, s. */
export const LONGEST_BLOCK_S = 16;

/**
 * Points of one face in a few bytes each: version, rows, then column by column 16-bit steps as differences from the row before, all low
 * bytes
 * first, then all high ones, deflated. Slow curves become runs of zeros.
 */
export function encodeBlock(points: readonly SeriesPoint[]): Uint8Array {
  const rows = points.length;
  const first = points[0]?.t ?? 0;
  const columns = [
    points.map(({ t }) => quantised((t - first) / TIME_STEP)),
    ...CURVES.map(({ step }, c) => points.map(({ values }) => quantised(values[c]! / step))),
  ];
  const bytes = Buffer.alloc(12 + 2 * rows * columns.length);
  bytes.writeUInt16LE(VERSION, 0);
  bytes.writeUInt16LE(rows, 2);
  bytes.writeDoubleLE(first, 4);
  const high = rows * columns.length;
  columns.flatMap(differences).forEach((value, i) => {
    bytes[12 + i] = value & 0xff;
    bytes[12 + high + i] = (value >> 8) & 0xff;
  });
  return deflateRawSync(bytes);
}

/** Reads what {@link encodeBlock} wrote; empty where it is of another version. */
export function decodeBlock(data: Uint8Array): SeriesPoint[] {
  const bytes = inflateRawSync(data);
  const rows = bytes.readUInt16LE(2);
  const high = rows * (CURVES.length + 1);
  if (bytes.readUInt16LE(0) !== VERSION || bytes.length !== 12 + 2 * high) return [];
  const first = bytes.readDoubleLE(4);
  const points = Array.from({ length: rows }, () => ({ t: first, values: new Float32Array(CURVES.length) }));
  for (let column = 0; column <= CURVES.length; column++) {
    let value = 0;
    for (let row = 0; row < rows; row++) {
      const i = 12 + column * rows + row;
      value = ((value + (bytes[i]! | (bytes[i + high]! << 8))) << 16) >> 16;
      if (column === 0) points[row]!.t = first + value * TIME_STEP;
      else points[row]!.values[column - 1] = value === UNKNOWN ? Number.NaN : value * CURVES[column - 1]!.step;
    }
  }
  return points;
}

function quantised(value: number): number {
  return Number.isNaN(value) ? UNKNOWN : Math.round(Math.min(LARGEST, Math.max(-LARGEST, value)));
}

/** Modulo 2^16, as the high bytes are cut off. */
function differences(values: readonly number[]): number[] {
  return values.map((value, i) => value - (values[i - 1] ?? 0));
}
