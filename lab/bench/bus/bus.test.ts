import { afterEach, expect, it, vi } from 'vitest';
import { quantile } from '../statistics.js';
import { benchNats } from './bench-nats.js';
import { cpuClock } from './cpu.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

it('says plainly that there is no nats-server, and what to do', async () => {
  vi.stubEnv('PATH', '/nonexistent');
  await expect(benchNats()).rejects.toMatchObject({
    code: 'bus_unreachable',
    message: expect.stringMatching(/install it .* --nats URL/) as string,
  });
});

it('takes a server that is named as it is, and measures nothing of it', async () => {
  const nats = await benchNats('nats://127.0.0.1:1');
  expect([nats.url, nats.pid, await nats.traffic()]).toEqual(['nats://127.0.0.1:1', undefined, undefined]);
  await nats.close();
});

it.skipIf(process.platform !== 'linux')('counts the CPU of processes, and leaves out those that there are not', () => {
  const clock = cpuClock({ self: process.pid, other: undefined });
  const before = process.cpuUsage();
  while (process.cpuUsage(before).user < 100_000);
  const { self, ...others } = clock();
  expect(self).toBeGreaterThanOrEqual(0.08);
  expect(others).toEqual({});
});

it('finds quantiles', () => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect([quantile(values, 0.5), quantile(values, 0.95), quantile(values, 1), quantile([], 0.5)]).toEqual([51, 96, 100, NaN]);
});
