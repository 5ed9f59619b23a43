/** One measurement of the load. */
export interface LoadSample {
  /** Event loop delay, 99th percentile, ms. */
  readonly lag: number;
  /** Time from arrival to analysis of the live frames of the last second, 95th percentile, ms; 0 without frames. */
  readonly wait: number;
  /** Share of the machine's CPU that this process and its media processes used, 0..1. */
  readonly cpu: number;
}

/** The value that exceeds its limit. */
export type LoadCause = 'event_loop_lag' | 'queue_wait' | 'cpu';

export interface OverloadLimits {
  readonly lag: number;
  readonly wait: number;
  readonly cpu: number;
  /** Milliseconds that a value must stay above its limit before sessions are refused. */
  readonly rise: number;
  /** Milliseconds that every value must stay below {@link EASED} of its limit before sessions are accepted again. */
  readonly fall: number;
}

/** State between two samples. */
export interface LoadState {
  /** Why sessions are refused; undefined: they are accepted. */
  readonly refusing: LoadCause | undefined;
  /** Since when (ms) the values have called for the other state; undefined: they do not. */
  readonly since: number | undefined;
}

export const CALM: LoadState = { refusing: undefined, since: undefined };

/** Hysteresis: share of a limit below which a value counts as normal again. */
const EASED = 0.75;

/**
 * Decides whether new sessions are refused to protect the running ones. Pure: `at` is the time of the sample in ms.
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
