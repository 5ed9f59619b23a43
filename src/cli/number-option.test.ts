import { expect, it } from 'vitest';
import { countOption, numberOption } from './number-option.js';

it('reads numbers and counts, and refuses the rest as wrong usage', () => {
  expect(numberOption('--min-peak', '0.5', 0)).toBe(0.5);
  expect(countOption('--limit', '12')).toBe(12);
  expect([numberOption('--x', undefined, 0), countOption('--x', undefined)]).toEqual([undefined, undefined]);
  for (const text of ['', ' ', 'x', '-1', 'NaN', 'Infinity'])
    expect(() => numberOption('--min-peak', text, 0)).toThrow(expect.objectContaining({ exitCode: 2 }));
  for (const text of ['', '0', '1.5', '-2', 'x', 'Infinity']) expect(() => countOption('--limit', text)).toThrow(/whole number above 0/);
});
