import { describe, expect, it } from 'vitest';
import { frameOfRgb } from './frame-of-rgb.js';

describe('frameOfRgb', () => {
  it('keeps grey values and makes neutral chroma of them, odd sizes included', () => {
    const rgb = Uint8Array.from([0, 80, 255, 16, 235, 128].flatMap((grey) => [grey, grey, grey]));
    const frame = frameOfRgb(rgb, 3, 2, { index: 4, t: 0.2 });
    expect(frame).toMatchObject({ index: 4, t: 0.2, width: 3, height: 2 });
    expect([...frame.data]).toEqual([0, 80, 255, 16, 235, 128, 128, 128, 128, 128]);
  });

  it('gives red more V than blue', () => {
    expect([...frameOfRgb(Uint8Array.from([255, 0, 0]), 1, 1, { index: 0, t: 0 }).data]).toEqual([76, 90, 240]);
    expect([...frameOfRgb(Uint8Array.from([0, 0, 255]), 1, 1, { index: 0, t: 0 }).data]).toEqual([29, 240, 110]);
  });
});
