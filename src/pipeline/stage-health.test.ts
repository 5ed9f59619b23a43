import { expect, it } from 'vitest';
import { Outages } from './stage-health.js';

it('tells of an outage once, of its end once, and logs every failure', () => {
  const told: string[] = [];
  const logged: unknown[] = [];
  const outages = new Outages((code) => told.push(code), (part, error) => logged.push([part, error]));
  outages.worked('vision');
  for (let n = 0; n < 5; n++) outages.failed('vision', n);
  outages.failed('flow', 'full');
  outages.worked('vision');
  outages.worked('vision');
  outages.failed('vision', 9);
  expect(told).toEqual(['vision_failed', 'flow_failed', 'vision_resumed', 'vision_failed']);
  expect(logged).toHaveLength(7);
});
