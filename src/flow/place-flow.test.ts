import { describe, expect, it } from 'vitest';
import { analyticFlow } from '../../tests/support/analytic-flow.js';
import { placeExpression, placeHead, stretchFlow } from './place-flow.js';
import type { FlowField } from './flow-field.js';

const at = (field: FlowField, x: number, y: number): [number, number] => [
  field.data[y * field.width + x] ?? NaN,
  field.data[field.width * field.height + y * field.width + x] ?? NaN,
];

describe('placeExpression', () => {
  it('scales and turns the vectors, and puts them where they came from', () => {
    // Twice as large, a quarter turn clockwise on the screen: crop right becomes image down.
    const toImage = { a: 0, b: 2, tx: 460, ty: 10 };
    const placed = placeExpression(
      analyticFlow((x, y) => [x / 100, y > 112 ? 1 : 0]),
      toImage,
      500,
      480,
    );
    // Crop (50.25, 100.25) lies at image (460 - 200.5, 10 + 100.5).
    const [u, v] = at(placed, 259, 110);
    expect(v).toBeCloseTo(2 * 0.5025, 4);
    expect(u).toBeCloseTo(0, 5);
    expect(at(placed, 460 - 2 * 150, 10 + 2 * 80)[0]).toBeCloseTo(-2, 5);
    expect(at(placed, 5, 5)).toEqual([0, 0]);
    expect(at(placed, 470, 100)).toEqual([0, 0]);
  });

  it('bears a crop that reaches over the image', () => {
    const placed = placeExpression(
      analyticFlow(() => [1, 0]),
      { a: 1, b: 0, tx: -100, ty: -100 },
      64,
      64,
    );
    expect(at(placed, 0, 0)).toEqual([1, 0]);
    expect(at(placed, 63, 63)).toEqual([1, 0]);
    expect(
      placeExpression(
        analyticFlow(() => [1, 0]),
        { a: 0, b: 0, tx: 0, ty: 0 },
        4,
        4,
      ).data.every((value) => value === 0),
    ).toBe(true);
  });
});

describe('placeHead', () => {
  it('tells the whole way from onset to apex image, registration included', () => {
    const placed = placeHead(
      analyticFlow(() => [0.5, 0]),
      { a: 2, b: 0, tx: 10, ty: 20 },
      { a: 2, b: 0, tx: 13, ty: 19 },
      500,
      500,
    );
    expect(at(placed, 200, 200)).toEqual([expect.closeTo(4, 4), expect.closeTo(-1, 4)]);
    expect(at(placed, 490, 490)).toEqual([0, 0]);
  });

  it('is zero where nothing moved', () => {
    const crop = { a: 1.3, b: 0.2, tx: 40, ty: 20 };
    expect(
      placeHead(
        analyticFlow(() => [0, 0]),
        crop,
        crop,
        320,
        240,
      ).data.every((value) => Math.abs(value) < 1e-3),
    ).toBe(true);
  });
});

describe('stretchFlow', () => {
  it('stretches places and vectors', () => {
    const stretched = stretchFlow(
      analyticFlow((x) => [x / 224, 1]),
      448,
      112,
    );
    expect(stretched).toMatchObject({ width: 448, height: 112 });
    expect(at(stretched, 100, 50)).toEqual([expect.closeTo((2 * 100.5) / 448, 5), expect.closeTo(0.5, 6)]);
  });
});
