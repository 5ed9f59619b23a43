import type { DurableEvent, Totals } from '../events/schema.js';
import type { NewSession, SessionRecord } from './store.js';

/** The record of a session that begins now. */
export function beginning({ id, name, made_with, started }: NewSession): SessionRecord {
  return {
    id,
    name,
    state: 'live',
    started: started ?? new Date().toISOString(),
    ended: null,
    reason: null,
    video: null,
    totals: null,
    annotations: { micro: 0, macro: 0 },
    made_with: made_with ?? null,
  };
}

/** The record after an event. @param at when the event happened, ISO 8601 */
export function after(record: SessionRecord, event: DurableEvent, at = new Date().toISOString()): SessionRecord {
  switch (event.type) {
    case 'session.started':
      return { ...record, video: event.video };
    case 'session.ended':
      return { ...record, state: 'ended', ended: at, reason: event.reason, totals: event.totals };
    case 'annotation.closed': {
      const { kind, withdrawn } = event.annotation;
      if (withdrawn !== undefined) return record;
      return { ...record, annotations: { ...record.annotations, [kind]: record.annotations[kind] + 1 } };
    }
    default:
      return record;
  }
}

/** The record with totals so far. */
export const withTotals = (record: SessionRecord, totals: Totals): SessionRecord => ({ ...record, totals });
