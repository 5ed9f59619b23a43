import { describe, expect, it } from 'vitest';
import { numberingOf } from './numbering.js';

const pictures = (...numbers: (number | string)[]): string[] => numbers.map((number) => `clip/img${String(number)}.jpg`);

describe('numberingOf', () => {
  it('counts frames from the first number, with holes where pictures are missing', () => {
    const { frames, frameOf, notes } = numberingOf(pictures(40, 46, 47, 59, 60, 86));
    expect(frames).toEqual([0, 6, 7, 19, 20, 46]);
    expect([46, 59, 86, 50].map(frameOf)).toEqual([6, 19, 46, undefined]);
    expect(notes).toEqual(['41 pictures missing in CLIP, first after img40: the gaps are kept in its times']);
  });

  it('has nothing to say of a whole clip, wherever its numbers begin', () => {
    expect(numberingOf(pictures('0007', '0008', '0009', '0010'))).toMatchObject({ frames: [0, 1, 2, 3], notes: [] });
    expect(numberingOf(pictures(181129))).toMatchObject({ frames: [0], notes: [] });
    expect(numberingOf([])).toMatchObject({ frames: [] });
  });

  it('takes a regular step as one frame, and finds what is missing then', () => {
    expect(numberingOf(pictures(10, 20, 30, 40))).toMatchObject({
      frames: [0, 1, 2, 3],
      notes: ['the pictures of CLIP are numbered in steps of 10: taken as one frame each'],
    });
    expect(numberingOf(pictures(0, 2, 4, 10, 12)).frames).toEqual([0, 1, 2, 5, 6]);
    expect(numberingOf(pictures(0, 2, 4, 10, 12)).notes[0]).toBe(
      '2 pictures missing in CLIP, first after img4: the gaps are kept in its times',
    );
    // Too few to show a step.
    expect(numberingOf(pictures(46, 86)).frames).toEqual([0, 40]);
  });

  it('counts pictures without numbers, or of one number, one after the other', () => {
    expect(numberingOf(['a.png', 'b.png'])).toMatchObject({ frames: [0, 1], notes: [expect.stringContaining('not numbered in order')] });
    expect(numberingOf(pictures(1, 1, 2)).frames).toEqual([0, 1, 2]);
  });
});
