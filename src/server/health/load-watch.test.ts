import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { LoadWatch } from './load-watch.js';

let watch: LoadWatch | undefined;
afterEach(() => {
  watch?.close();
});

function stall(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until) {
    /* blocks the event loop */
  }
}

const start = (rise: number, fall: number): LoadWatch =>
  (watch = new LoadWatch({ metrics: { mediaCpuSeconds: 0 }, limits: { lag: 250, wait: 1e6, cpu: 1e6, rise, fall } }));

it('does not take a burst of stalls for a load that lasts', async () => {
  const load = start(4000, 1000);
  await pause(200);
  for (let i = 0; i < 3; i++) {
    stall(400);
    await pause(20);
  }
  for (const end = performance.now() + 7000; performance.now() < end;) {
    expect(load.refusing).toBeUndefined();
    await pause(100);
  }
});

it('refuses while the event loop stalls every second, and accepts soon after', async () => {
  const load = start(2000, 1000);
  await pause(200);
  for (let i = 0; i < 6 && !load.refusing; i++) {
    stall(500);
    await pause(600);
  }
  expect(load.refusing).toBe('event_loop_lag');
  await expect.poll(() => load.refusing, { timeout: 6000 }).toBeUndefined();
});
