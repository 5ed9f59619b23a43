import { expect, it } from 'vitest';
import { Metrics } from '../../telemetry/mod.js';
import { Refusals } from './refusals.js';

it('counts every refusal and logs the first, then at most one line in ten seconds with their number', async () => {
  const metrics = new Metrics();
  const said: unknown[] = [];
  let now = 0;
  const refusals = new Refusals(
    metrics,
    {
      warn: (about: unknown) => {
        said.push(about);
      },
    },
    () => now,
  );
  for (let n = 0; n < 100; n++) {
    refusals.count('connections');
    now += 50;
  }
  refusals.count('viewers');
  now += 10_000;
  refusals.count('connections');
  expect(said).toEqual([
    { reason: 'connections', count: 1 },
    { reason: 'viewers', count: 1 },
    { reason: 'connections', count: 100 },
  ]);
  const { body } = await metrics.expose(undefined);
  expect(body).toContain('mellm_refusals_total{reason="connections"} 101');
  expect(body).toContain('mellm_refusals_total{reason="unread"} 0');
  metrics.close();
});
