import { expect, it } from 'vitest';
import { analyticFlow } from '../../tests/support/analytic-flow.js';
import { meanFace } from '../../tests/support/mean-face.js';
import { lidGap } from './lid-gap.js';

it('sees lids go apart, and nothing where the whole head moves', () => {
  const landmarks = meanFace();
  const eyes = (landmarks[2 * 159 + 1]! + landmarks[2 * 145 + 1]!) / 2;
  const field = (v: (y: number) => number) => analyticFlow((_, y) => [3, v(y)]);
  const [left, right] = lidGap(
    field((y) => (y < eyes ? -1 : 0.2)),
    landmarks,
  );
  expect(left).toBeCloseTo(1.2, 1);
  expect(right).toBeCloseTo(1.2, 1);
  expect(
    lidGap(
      field(() => 2),
      landmarks,
    )[0],
  ).toBeCloseTo(0);
});
