import { expect, it } from 'vitest';
import { PictureBuffers } from './picture-buffers.js';

it('gives back a buffer of the same size once, and holds few', () => {
  const buffers = new PictureBuffers();
  const first = buffers.take(6);
  expect(first.length).toBe(6);
  buffers.giveBack(first);
  expect(buffers.take(12)).not.toBe(first);
  expect(buffers.take(6)).toBe(first);
  expect(buffers.take(6)).not.toBe(first);
  buffers.giveBack(first);
  for (let size = 100; size < 108; size++) buffers.giveBack(new Uint8Array(size));
  expect(buffers.take(6)).not.toBe(first);
});
