import type { DurableEvent, Kind } from '../../events/mod.js';

/** What a receiver asked for. */
export interface EventFilter {
  /** Name of the sessions; undefined: all. */
  readonly session?: string | undefined;
  readonly events: readonly string[];
  readonly kinds: readonly Kind[];
  readonly min_score: number;
}

/** Whether a receiver is to get an event of a session with this name. Withdrawn annotations are sent to nobody. */
export function wants({ session, events, kinds, min_score }: EventFilter, event: DurableEvent, name: string): boolean {
  if (session !== undefined && session !== name) return false;
  if (!events.includes(event.type)) return false;
  if (event.type !== 'annotation.closed') return true;
  const { kind, score, withdrawn } = event.annotation;
  return withdrawn === undefined && kinds.includes(kind) && score >= min_score;
}
