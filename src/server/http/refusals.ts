import type { Logger, Metrics } from '../../telemetry/mod.js';

/** The values of the label `reason` of `mellm_refusals_total`, each with its log line. */
const REFUSALS = {
  connections: 'connections refused: limits.connections is reached',
  connections_per_address: 'connections refused: one address has limits.connections_per_address open',
  requests: 'requests refused: one address exceeds limits.requests_per_second',
  publishes: 'publishers refused: one address exceeds limits.publishes_per_minute',
  wrong_tokens: 'requests refused: one address sent too many wrong tokens',
  viewers: 'viewers refused: limits.viewers is reached',
  viewers_per_address: 'viewers refused: one address has limits.viewers_per_address connected',
  viewers_per_token: 'viewers refused: one token has limits.viewers_per_token connected',
  sessions_per_token: 'publishers refused: one token has limits.sessions_per_token live sessions',
  pending_sessions: 'publishers refused: one address or token has limits.pending_sessions sessions without video',
  faulty_video: 'publishers refused: the last session of their address or token ended with faulty video',
  downloads: 'downloads refused: one address or token has limits.downloads open',
  recordings: 'recordings refused: recordings.waiting, recordings.quota_bytes or the disk is reached',
  recordings_per_owner: 'recordings refused: one token or address has recordings.per_token or recordings.per_address',
  unread: 'connections closed: a client read nothing for limits.write_timeout_ms',
} as const;
export type RefusalReason = keyof typeof REFUSALS;

/** Refusals that are recognised by the code of their problem. */
const BY_CODE: ReadonlyMap<string, RefusalReason> = new Map([
  ['too_many_sessions', 'sessions_per_token'],
  ['too_many_pending', 'pending_sessions'],
  ['faulty_video', 'faulty_video'],
  ['recordings_full', 'recordings'],
  ['recordings_disk_full', 'recordings'],
  ['too_many_recordings', 'recordings_per_owner'],
]);

/** Milliseconds between two log lines per reason, so that a flood of requests does not flood the log. */
const LOG_INTERVAL_MS = 10_000;

/** Counts refusals, and logs their number per reason at most every ten seconds. Addresses are not logged. */
export class Refusals {
  readonly #metrics: Pick<Metrics, 'refusals'>;
  readonly #log: Pick<Logger, 'warn'>;
  readonly #now: () => number;
  readonly #pending = new Map<RefusalReason, { at: number; count: number }>();

  constructor(metrics: Pick<Metrics, 'refusals'>, log: Pick<Logger, 'warn'>, now: () => number = () => performance.now()) {
    this.#metrics = metrics;
    this.#log = log;
    this.#now = now;
    for (const reason of Object.keys(REFUSALS)) metrics.refusals.inc({ reason }, 0);
  }

  /** Counts a problem if a limit caused it. */
  problem(code: string): void {
    const reason = BY_CODE.get(code);
    if (reason) this.count(reason);
  }

  count(reason: RefusalReason): void {
    this.#metrics.refusals.inc({ reason });
    const now = this.#now();
    const seen = this.#pending.get(reason) ?? { at: -Infinity, count: 0 };
    seen.count++;
    this.#pending.set(reason, seen);
    if (now - seen.at < LOG_INTERVAL_MS) return;
    this.#log.warn({ reason, count: seen.count }, REFUSALS[reason]);
    seen.at = now;
    seen.count = 0;
  }
}
