import { expect, it } from 'vitest';
import { meanFace } from '../../tests/support/mean-face.js';
import { faceShape } from './face-shape.js';

it('is the same whatever the size of the face, and follows lips and lids', () => {
  const face = meanFace();
  const shape = faceShape(face);
  const large = faceShape(face.map((value) => 2 * value));
  expect(large.mouth).toBeCloseTo(shape.mouth, 3);
  expect(large.eyes[0]).toBeCloseTo(shape.eyes[0], 3);
  const open = face.slice();
  open[2 * 14 + 1] = (open[2 * 14 + 1] ?? 0) + 8;
  for (const lid of [159, 158]) open[2 * lid + 1] = (open[2 * lid + 1] ?? 0) - 3;
  expect(faceShape(open).lips).toBeGreaterThan(shape.lips + 7);
  expect(faceShape(open).eyes[0]).toBeGreaterThan(shape.eyes[0] + 2.5);
  expect(faceShape(open).eyes[1]).toBeCloseTo(shape.eyes[1], 5);
});
