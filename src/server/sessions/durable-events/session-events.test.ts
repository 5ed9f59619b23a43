import { expect, it } from 'vitest';
import type { EventDraft } from '../../../events/schema.js';
import { Metrics } from '../../../telemetry/mod.js';
import { EventAllowances } from './allowance.js';
import { SessionEvents } from './session-events.js';

it('ends a session of which too much is stored, once, and says why before', () => {
  const metrics = new Metrics();
  const published: EventDraft[] = [];
  const ends: string[] = [];
  const events = new SessionEvents({
    session: 's',
    allowance: new EventAllowances().open('w'),
    maxBytes: 2 ** 20,
    metrics,
    publish: (draft) => published.push(draft),
    end: (reason) => ends.push(reason),
  });
  const update = { type: 'annotation.updated', session: 's', t: 1, annotation: 'a', mellm: { delta: 'x'.repeat(400_000) } } as const;
  for (let i = 0; i < 5; i++) events.offer(update);
  expect(ends).toEqual(['too_much_data']);
  expect(published.filter((draft) => draft.type === 'error' && draft.code === 'too_much_data')).toHaveLength(1);
  metrics.close();
});
