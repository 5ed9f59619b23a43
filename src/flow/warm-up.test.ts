import { expect, it } from 'vitest';
import { warmUp } from './warm-up.js';

const SIZES = [1, 2, 4, 8];

it('stops at the first batch size that saves nothing, as on a CPU', async () => {
  const ran: number[] = [];
  const costs = await warmUp(SIZES, (size) => {
    ran.push(size);
    return Promise.resolve(30 * size);
  });
  expect(costs).toEqual({ 1: 30.5 });
  expect(ran).toEqual([1, 1, 1, 2, 2, 2]);
});

it('goes on while larger batches pay, as on a GPU', async () => {
  const costs = await warmUp(SIZES, (size) => Promise.resolve(5 + size));
  expect(costs).toEqual({ 1: 6.5, 2: 7.5, 4: 9.5, 8: 13.5 });
  expect(await warmUp(SIZES, (size) => Promise.resolve(size < 8 ? 5 + size : 40))).toEqual({ 1: 6.5, 2: 7.5, 4: 9.5 });
});
