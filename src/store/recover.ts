import type { Annotation, DurableEvent, Totals } from '../events/schema.js';
import type { SessionRecord } from './store.js';

/** Why a session ended whose process was killed. */
const INTERRUPTED = 'interrupted';

/**
 * The events that a session lacks whose process ended without a word: an `annotation.closed` for each annotation still open, with
 * what is known of it, and `session.ended`. Viewers that come back read them like any others.
 *
 * @param events every durable event kept of the session, by rising `seq`
 */
export function missingEnd(record: SessionRecord, events: readonly DurableEvent[]): DurableEvent[] {
  const open = new Map<string, Annotation>();
  for (const event of events) {
    if (event.type === 'annotation.opened') open.set(event.annotation, opened(event));
    else if (event.type === 'annotation.closed') open.delete(event.annotation.id);
    else if (event.type === 'annotation.updated') {
      const annotation = open.get(event.annotation);
      if (annotation) open.set(event.annotation, updated(annotation, event));
    }
  }
  const last = events.at(-1);
  const t = last?.t ?? 0;
  let seq = last?.seq ?? 0;
  return [
    ...[...open.values()].map((annotation): DurableEvent => ({ type: 'annotation.closed', session: record.id, t, seq: ++seq, annotation })),
    { type: 'session.ended', session: record.id, t, seq: seq + 1, reason: INTERRUPTED, totals: totals(record, t, [...open.values()]) },
  ];
}

type Opened = Extract<DurableEvent, { type: 'annotation.opened' }>;
type Updated = Extract<DurableEvent, { type: 'annotation.updated' }>;

function opened(event: Opened): Annotation {
  return {
    id: event.annotation,
    session: event.session,
    face: event.face,
    kind: event.kind,
    onset: event.onset,
    apex: event.apex,
    offset: null,
    score: event.score ?? 0,
    aus: [],
    emotion: null,
    rois: [],
    text: '',
    source: { flow: null, mellm: null },
    latency_ms: { spot: null, flow: null, mellm: null },
    incomplete: ['offset', 'flow', 'mellm'],
  };
}

function updated(annotation: Annotation, { kind, onset, apex, offset, score, flow }: Updated): Annotation {
  const known = new Set([...(offset === undefined ? [] : ['offset']), ...(flow ? ['flow'] : [])]);
  return {
    ...annotation,
    kind: kind ?? annotation.kind,
    onset: onset ?? annotation.onset,
    apex: apex ?? annotation.apex,
    offset: offset ?? annotation.offset,
    score: score ?? annotation.score,
    rois: flow?.rois ?? annotation.rois,
    incomplete: (annotation.incomplete ?? []).filter((part) => !known.has(part)),
  };
}

function totals(record: SessionRecord, t: number, closedNow: readonly Annotation[]): Totals {
  const count = (kind: 'micro' | 'macro'): number =>
    record.annotations[kind] + closedNow.filter((annotation) => annotation.kind === kind).length;
  const known = record.totals ?? { frames_received: 0, frames_analyzed: 0, frames_dropped: 0, duration: 0 };
  return { ...known, duration: Math.max(known.duration, t), annotations: { micro: count('micro'), macro: count('macro') } };
}
