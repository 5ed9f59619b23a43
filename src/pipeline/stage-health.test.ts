import { expect, it } from 'vitest';
import { StageHealth } from './stage-health.js';

it('tells of an outage once, of its end once, and logs every failure', () => {
  const told: string[] = [];
  const logged: unknown[] = [];
  const stageHealth = new StageHealth(
    (code) => told.push(code),
    (part, error) => logged.push([part, error]),
  );
  stageHealth.worked('vision');
  for (let n = 0; n < 5; n++) stageHealth.failed('vision', n);
  stageHealth.failed('flow', 'full');
  stageHealth.worked('vision');
  stageHealth.worked('vision');
  stageHealth.failed('vision', 9);
  expect(told).toEqual(['vision_failed', 'flow_failed', 'vision_resumed', 'vision_failed']);
  expect(logged).toHaveLength(7);
});
