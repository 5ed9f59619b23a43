import { availableParallelism } from 'node:os';
import { quantileOfSorted } from '../../common/quantile.js';
import type { Config } from '../../config/mod.js';
import { EventLoopLag, type Logger, type Metrics } from '../../telemetry/mod.js';
import { CALM, judgeLoad, type LoadCause, type LoadState, type OverloadLimits } from './overload.js';

export interface LoadWatchOptions {
  readonly limits: OverloadLimits;
  readonly metrics: Pick<Metrics, 'mediaCpuSeconds'>;
  /** Called when the state changes. */
  readonly onChange?: (refusing: LoadCause | undefined) => void;
}

const SAMPLE_INTERVAL_MS = 1000;
/** Waits collected per sample; at 30 fps enough for a hundred sessions. */
const MAX_WAITS = 4096;

/** Samples the load once a second and decides whether new sessions are refused. */
export class LoadWatch {
  readonly #options: LoadWatchOptions;
  readonly #timer: NodeJS.Timeout;
  /** Of the last second or two: over the metric's 10 to 20 seconds, one stall would look like a load that lasts. */
  readonly #lag = new EventLoopLag(SAMPLE_INTERVAL_MS);
  #state: LoadState = CALM;
  #waits: number[] = [];
  #cpu: number;
  #at = performance.now();

  constructor(options: LoadWatchOptions) {
    this.#options = options;
    this.#cpu = this.#cpuSeconds;
    this.#timer = setInterval(() => {
      this.#judge();
    }, SAMPLE_INTERVAL_MS);
    this.#timer.unref();
  }

  /** Why new sessions are refused, if they are. */
  get refusing(): LoadCause | undefined {
    return this.#state.refusing;
  }

  /** A live frame was analysed `ms` after its arrival. */
  waited(ms: number): void {
    if (this.#waits.length < MAX_WAITS) this.#waits.push(ms);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#lag.close();
  }

  /** CPU time used so far by this process and the media processes. */
  get #cpuSeconds(): number {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6 + this.#options.metrics.mediaCpuSeconds;
  }

  #judge(): void {
    const at = performance.now();
    const used = this.#cpuSeconds;
    const cpu = ((used - this.#cpu) * 1000) / Math.max(1, at - this.#at) / availableParallelism();
    this.#cpu = used;
    this.#at = at;
    const waits = this.#waits.sort((a, b) => a - b);
    this.#waits = [];
    const wait = waits.length === 0 ? 0 : quantileOfSorted(waits, 0.95);
    const before = this.#state.refusing;
    this.#state = judgeLoad(this.#state, { lag: this.#lag.seconds * 1000, wait, cpu }, at, this.#options.limits);
    if (this.#state.refusing !== before) this.#options.onChange?.(this.#state.refusing);
  }
}

/** Undefined where `overload.enabled` is false. */
export function startLoadWatch({ overload }: Config, metrics: Metrics, log: Logger): LoadWatch | undefined {
  if (!overload.enabled) return undefined;
  return new LoadWatch({
    metrics,
    limits: {
      lag: overload.event_loop_lag_ms,
      wait: overload.queue_wait_ms,
      cpu: overload.cpu,
      rise: overload.after_ms,
      fall: overload.until_ms,
    },
    onChange: (refusing) => {
      if (refusing) log.warn({ cause: refusing }, 'overload: refusing new sessions');
      else log.info('overload over: accepting sessions again');
    },
  });
}
