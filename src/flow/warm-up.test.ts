import { expect, it } from 'vitest';
import { LEAST_GAIN, WARM_UP_BUDGET_MS, warmUp } from './warm-up.js';

const SIZES = [1, 2, 4, 8];

it('stops at the first batch size that saves nothing, as on a CPU', async () => {
  const ran: number[] = [];
  const costs = await warmUp(
    SIZES,
    (size) => {
      ran.push(size);
      // The second size seems a fifth cheaper, as on a busy machine.
      return Promise.resolve(size === 1 ? 30 : 24 * size);
    },
    LEAST_GAIN.cpu,
  );
  expect(costs).toEqual({ 1: 30.5 });
  expect(ran).toEqual([1, 1, 1, 2, 2, 2]);
});

it('goes on while larger batches pay, as on a GPU', async () => {
  const costs = await warmUp(SIZES, (size) => Promise.resolve(5 + size), LEAST_GAIN.gpu);
  expect(costs).toEqual({ 1: 6.5, 2: 7.5, 4: 9.5, 8: 13.5 });
  expect(await warmUp(SIZES, (size) => Promise.resolve(size < 8 ? 5 + size : 40), LEAST_GAIN.gpu)).toEqual({ 1: 6.5, 2: 7.5, 4: 9.5 });
});

it('keeps what is warm when the budget is spent, as on a device in software', async () => {
  const ran: number[] = [];
  const slow = (ms: number) => (size: number) => {
    ran.push(size);
    return Promise.resolve(ms * size * 0.8 ** Math.log2(size));
  };
  expect(await warmUp(SIZES, slow(70_000), LEAST_GAIN.gpu, 70_000)).toEqual({ 1: 70_000.5 });
  expect(ran).toEqual([]);
  expect(Object.keys(await warmUp(SIZES, slow(WARM_UP_BUDGET_MS / 8), LEAST_GAIN.gpu))).toEqual(['1', '2']);
  expect(ran).toEqual([1, 1, 1, 2, 2, 2]);
});

it('does not run again a pair that was timed', async () => {
  const ran: number[] = [];
  const run = (size: number): Promise<number> => {
    ran.push(size);
    return Promise.resolve(5 + size);
  };
  expect(await warmUp([1, 2], run, LEAST_GAIN.gpu, 6)).toEqual({ 1: 6.5, 2: 7.5 });
  expect(ran).toEqual([2, 2, 2]);
});
