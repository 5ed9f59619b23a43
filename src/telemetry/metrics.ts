import { Registry, collectDefaultMetrics } from 'prom-client';
import { EMOTION_LABELS } from '../common/emotion-labels.js';
import { EventLoopLag } from './event-loop-lag.js';
import { registerAll, type Instruments } from './metric-declaration.js';
import { KINDS, METRICS, type Stage } from './metric-table.js';
import { OPENMETRICS_TYPE, toOpenMetrics } from './open-metrics.js';

export type { Stage } from './metric-table.js';

/** What the metrics should know of the server they speak for. */
export interface MetricsOptions {
  /** False: no category is inferred, and no series names one. Default true. */
  readonly emotion?: boolean;
  /** The package's version, for `mellm_build_info`. Default `unknown`. */
  readonly version?: string;
  /**
   * Node's own metrics of the event loop's delay (`nodejs_eventloop_lag_{min…p99}_seconds`). They wake an idle process a hundred times a
   * second, a percent of a core, which many small processes feel; `mellm_event_loop_lag_seconds` tells the same. Default true.
   */
  readonly nodeLoopFigures?: boolean;
}

/** The instruments of the table as fields of an object of their own. */
const Registered = function (this: object, registry: Registry) {
  Object.assign(this, registerAll(METRICS, registry));
} as unknown as new (registry: Registry) => Instruments<typeof METRICS>;

/**
 * Every metric of the contract (metric-table.ts). One object a server, so that several live in one process; labels are bounded by the
 * code that sets them, none comes from outside.
 */
export class Metrics extends Registered {
  readonly #registry: Registry;
  readonly #lag = new EventLoopLag();
  /** Processor seconds of each media process that runs, since its start. */
  readonly #mediaCpu = new Map<string, number>();
  #mediaCpuSeconds = 0;

  constructor({ emotion = true, version = 'unknown', nodeLoopFigures = true }: MetricsOptions = {}) {
    const registry = new Registry();
    collectDefaultMetrics({ register: registry, ...(nodeLoopFigures ? {} : { eventLoopMonitoringPrecision: 1000 }) });
    super(registry);
    this.#registry = registry;
    if (!nodeLoopFigures)
      for (const statistic of ['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99'])
        registry.removeSingleMetric(`nodejs_eventloop_lag_${statistic}_seconds`);
    this.buildInfo.set({ version, node: process.versions.node }, 1);
    if (emotion) for (const kind of KINDS) for (const label of EMOTION_LABELS) this.annotationsTotal.inc({ kind, emotion: label }, 0);
  }

  /** Records what one pass of a stage took, in milliseconds. */
  stage(stage: Stage, ms: number): void {
    this.stageDuration.observe({ stage }, ms / 1000);
  }

  /** Notes what a media process has used since its start; undefined: it is gone. */
  mediaUsage(process: string, usage: { readonly cpu: number; readonly rss: number } | undefined): void {
    const before = this.#mediaCpu.get(process) ?? 0;
    if (!usage) {
      this.#mediaCpu.delete(process);
      this.mediaMemory.remove({ process });
      return;
    }
    this.#mediaCpu.set(process, usage.cpu);
    this.#mediaCpuSeconds += Math.max(0, usage.cpu - before);
    this.mediaCpu.inc({ process }, Math.max(0, usage.cpu - before));
    this.mediaMemory.set({ process }, usage.rss);
  }

  /** Seconds of processor time that media processes have used so far, those that are gone included. */
  get mediaCpuSeconds(): number {
    return this.#mediaCpuSeconds;
  }

  /** Lets the series of a flow server begin at 0. */
  flowServer(): void {
    for (const result of ['ok', 'fallback', 'failed']) this.flowServerBatches.inc({ result }, 0);
  }

  /** Lets the series of the language models that may be asked begin at 0. */
  llmSources(sources: readonly string[]): void {
    for (const source of sources) {
      this.llmTokens.inc({ source }, 0);
      for (const result of ['ok', 'fallback', 'cancelled', 'failed']) this.llmRequests.inc({ source, result }, 0);
    }
  }

  /** The server's own metrics, for the reference in docs/metrics.md. */
  list(): { readonly name: string; readonly help: string; readonly type: string; readonly labels: readonly string[] }[] {
    return Object.values(METRICS).map(({ name, help, kind, labels }) => ({ name, help, type: kind, labels }));
  }

  /** The exposition, in OpenMetrics where the client's `Accept` asks for it. */
  async expose(accept: string | undefined): Promise<{ contentType: string; body: string }> {
    this.eventLoopDelay.set(this.#lag.seconds);
    const text = await this.#registry.metrics();
    return accept?.includes('application/openmetrics-text')
      ? { contentType: OPENMETRICS_TYPE, body: toOpenMetrics(text) }
      : { contentType: this.#registry.contentType, body: text };
  }

  /** Stops the timers behind the metrics. */
  close(): void {
    this.#lag.close();
    this.#registry.clear();
  }
}
