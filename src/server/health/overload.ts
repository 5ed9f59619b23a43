/** What the load is read from. */
export interface LoadSample {
  /** Main loop's delay, 99th percentile, ms. */
  readonly lag: number;
  /** Arrival to analysed of the last second's live frames, 95th percentile, ms; 0 where there were none. */
  readonly wait: number;
  /** Share of this machine's cores that the process and its media processes used, 0..1. */
  readonly cpu: number;
}

/** What of it is too much. */
export type LoadCause = 'event_loop_lag' | 'queue_wait' | 'cpu';

/** Limits of {@link judgeLoad}. */
export interface OverloadLimits {
  readonly lag: number;
  readonly wait: number;
  readonly cpu: number;
  /** Milliseconds that a value must stay above its limit before sessions are refused. */
  readonly rise: number;
  /** Milliseconds that every value must stay below {@link EASED} of its limit before sessions are taken again. */
  readonly fall: number;
}

/** Where the judgement stands between two samples. */
export interface LoadState {
  /** Why sessions are refused; undefined: they aren't. */
  readonly refusing: LoadCause | undefined;
  /** Since when (ms) the present values speak for the other state; undefined: they don't. */
  readonly since: number | undefined;
}

export const CALM: LoadState = { refusing: undefined, since: undefined };

/** Share of a limit below which a value has eased: a server at its limit must not flap. */
const EASED = 0.75;

/**
 * Whether new sessions are refused, so that those that run don't suffer. Pure: `at` is the sample's time in ms.
 *
 *     taking ── a value above its limit for `rise` ──► refusing ── all below ¾ of theirs for `fall` ──► taking
 */
export function judgeLoad(state: LoadState, sample: LoadSample, at: number, limits: OverloadLimits): LoadState {
  const values: readonly (readonly [LoadCause, number])[] = [
    ['event_loop_lag', sample.lag / limits.lag],
    ['queue_wait', sample.wait / limits.wait],
    ['cpu', sample.cpu / limits.cpu],
  ];
  if (state.refusing === undefined) {
    const [cause, worst] = values.reduce((a, b) => (b[1] > a[1] ? b : a));
    if (worst <= 1) return CALM;
    const since = state.since ?? at;
    return at - since >= limits.rise ? { refusing: cause, since: undefined } : { refusing: undefined, since };
  }
  if (values.some(([, value]) => value > EASED)) return { refusing: state.refusing, since: undefined };
  const since = state.since ?? at;
  return at - since >= limits.fall ? CALM : { refusing: state.refusing, since };
}
