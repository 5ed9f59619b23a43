import { expect, it } from 'vitest';
import { actionUnit, marks } from './action-units.js';

it("marks the person's left on the viewer's right", () => {
  expect(marks('AU12', 'left')[0]?.x).toBeGreaterThan(50);
  expect(marks('AU12', 'right')[0]?.x).toBeLessThan(50);
  expect(marks('AU12', 'both')).toHaveLength(2);
  expect(marks('AU17', 'both')).toHaveLength(1);
  expect(marks('AU99', 'both')).toEqual([]);
  expect(actionUnit('AU4')?.name).toBe('Brow lowerer');
});
