import { describe, expect, it } from 'vitest';
import { growth } from './trend.js';

const line = (from: number, to: number, noise = 0): { minutes: number; value: number }[] =>
  Array.from({ length: 61 }, (_, minutes) => ({ minutes, value: from + ((to - from) * minutes) / 60 + noise * Math.sin(minutes * 2.3) }));

describe('growth', () => {
  it('finds the growth of a line, in percent of its start', () => {
    expect(growth(line(200, 210))).toBeCloseTo(5, 6);
    expect(growth(line(200, 190))).toBeCloseTo(-5, 6);
    expect(growth([])).toBe(0);
  });

  it('is not misled by noise or a single burst', () => {
    const readings = line(200, 202, 4);
    readings[60] = { minutes: 60, value: 400 };
    expect(Math.abs(growth(readings) - 1)).toBeLessThan(1);
  });
});
