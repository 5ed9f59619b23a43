import { describe, expect, it } from 'vitest';
import { orientationOf, orientI420, type Orientation } from './orientation.js';

const one = 65_536;
function matrix(a: number, b: number, c: number, d: number): Buffer {
  const bytes = Buffer.alloc(36);
  [a, b, 0, c, d, 0, 0, 0, 16_384 * one].forEach((value, index) => bytes.writeInt32LE(value, index * 4));
  return bytes;
}

describe('orientationOf', () => {
  it.each([
    [matrix(one, 0, 0, one), undefined],
    [matrix(0, one, -one, 0), { clockwise: 90, mirrored: false }],
    [matrix(-one, 0, 0, -one), { clockwise: 180, mirrored: false }],
    [matrix(0, -one, one, 0), { clockwise: 270, mirrored: false }],
    [matrix(-one, 0, 0, one), { clockwise: 0, mirrored: true }],
    [null, undefined],
  ])('reads a matrix', (bytes, expected) => {
    expect(orientationOf(bytes)).toEqual(expected);
  });
});

describe('orientI420', () => {
  /** 4x2 luma 1..8, chroma of 2x1. */
  const picture = { width: 4, height: 2, data: Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 20, 21]) };
  it.each<[Orientation, number[]]>([
    [{ clockwise: 90, mirrored: false }, [5, 1, 6, 2, 7, 3, 8, 4, 10, 11, 20, 21]],
    [{ clockwise: 180, mirrored: false }, [8, 7, 6, 5, 4, 3, 2, 1, 11, 10, 21, 20]],
    [{ clockwise: 270, mirrored: false }, [4, 8, 3, 7, 2, 6, 1, 5, 11, 10, 21, 20]],
    [{ clockwise: 0, mirrored: true }, [4, 3, 2, 1, 8, 7, 6, 5, 11, 10, 21, 20]],
  ])('turns by %j', (orientation, expected) => {
    const turned = orientI420(picture, orientation);
    expect([...turned.data]).toEqual(expected);
    expect([turned.width, turned.height]).toEqual(orientation.clockwise % 180 === 0 ? [4, 2] : [2, 4]);
  });
});
