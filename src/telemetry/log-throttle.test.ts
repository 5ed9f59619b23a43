import { expect, it } from 'vitest';
import { LogThrottle } from './log-throttle.js';

it('lets a line a second through for each key, and says how many it left out', () => {
  let now = 0;
  const throttle = new LogThrottle(1000, () => now);
  const passed: unknown[] = [];
  for (let i = 0; i < 300; i++) {
    const fields = throttle.pass('vision');
    if (fields) passed.push(fields);
    now += 10;
  }
  expect(passed).toEqual([{}, { suppressed: 99 }, { suppressed: 99 }]);
  expect(throttle.pass('flow')).toEqual({});
});
