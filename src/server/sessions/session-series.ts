import { SeriesRecorder } from '../../pipeline/mod.js';
import type { Store } from '../../store/mod.js';

export interface SessionSeriesOptions {
  readonly session: string;
  readonly recording: boolean;
  /** `store.keep_series`: whether the curves of live sessions are stored. */
  readonly keep: boolean;
}

/** Stores the curves of a session; those of recordings always. */
export function sessionSeries(
  store: Pick<Store, 'addSeries'>,
  { session, recording, keep }: SessionSeriesOptions,
): SeriesRecorder | undefined {
  if (!recording && !keep) return undefined;
  return new SeriesRecorder((block) => {
    store.addSeries(session, block);
  });
}
