import type { EventDraft } from '../../src/events/schema.js';

/** A ephemeral event of a session. */
export const stats = (session: string): EventDraft => ({
  type: 'stats',
  session,
  t: 0,
  fps_in: 0,
  fps_analyzed: 0,
  frames_dropped: 0,
  latency_ms: { p50: null, p95: null },
  queue: 0,
});
