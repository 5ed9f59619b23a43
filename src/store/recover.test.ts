import { describe, expect, it } from 'vitest';
import { durableEventSchema, type DurableEvent } from '../events/schema.js';
import { missingEnd } from './recover.js';
import { beginning } from './session-view.js';

const record = { ...beginning({ id: 's1', name: 'n' }), annotations: { micro: 1, macro: 0 } };
const open = (seq: number, annotation: string): DurableEvent => ({
  type: 'annotation.opened',
  session: 's1',
  seq,
  t: 5,
  annotation,
  face: 'f1',
  kind: 'micro',
  onset: 4,
  apex: 4.5,
  score: 0.5,
});

describe('missingEnd', () => {
  it('closes what was open with what is known of it, and ends the session', () => {
    const events: DurableEvent[] = [
      open(1, 's1-1'),
      { type: 'annotation.updated', session: 's1', seq: 2, t: 6, annotation: 's1-1', kind: 'macro', offset: 5.5 },
    ];
    const end = missingEnd(record, events);
    for (const event of end) durableEventSchema.parse(event);
    expect(end).toMatchObject([
      { type: 'annotation.closed', seq: 3, t: 6, annotation: { id: 's1-1', kind: 'macro', offset: 5.5, incomplete: ['flow', 'mellm'] } },
      { type: 'session.ended', seq: 4, reason: 'interrupted', totals: { duration: 6, annotations: { micro: 1, macro: 1 } } },
    ]);
  });

  it('ends a session that had said nothing', () => {
    const end = missingEnd(record, []);
    expect(end).toMatchObject([{ type: 'session.ended', seq: 1, t: 0 }]);
    durableEventSchema.parse(end[0]);
  });
});
