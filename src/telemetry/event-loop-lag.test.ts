import { afterEach, expect, it } from 'vitest';
import { EventLoopLag } from './event-loop-lag.js';

let lag: EventLoopLag | undefined;
afterEach(() => {
  lag?.close();
});
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

it('tells of a blocked loop, and tells everyone who asks', async () => {
  lag = new EventLoopLag();
  await pause(60);
  const until = performance.now() + 200;
  while (performance.now() < until) {
    /* the fault: main works instead of listening */
  }
  await pause(60);
  expect(lag.seconds).toBeGreaterThan(0.1);
  expect(lag.seconds).toBeGreaterThan(0.1);
});

it('is zero, not NaN, before anything was measured', () => {
  lag = new EventLoopLag();
  expect(lag.seconds).toBe(0);
});
