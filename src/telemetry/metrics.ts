import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** The pipeline's stages, as the `stage` label names them. */
export type Stage = 'decode' | 'track' | 'align' | 'spot' | 'flow' | 'mellm' | 'publish';
const STAGES: readonly Stage[] = ['decode', 'track', 'align', 'spot', 'flow', 'mellm', 'publish'];

const MILLISECONDS = [0.0002, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.033, 0.066, 0.15, 0.5, 1, 4, 20];

/**
 * Every metric of the contract. One object a server, so that several live in one process; labels are bounded by the code
 * that sets them, none comes from outside.
 */
export class Metrics {
  readonly #text = new Registry();
  readonly #open = new Registry<typeof Registry.OPENMETRICS_CONTENT_TYPE>();
  readonly #lag = monitorEventLoopDelay({ resolution: 20 });
  readonly #registers: Registry[];

  constructor() {
    this.#open.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    this.#registers = [this.#text, this.#open as unknown as Registry];
    collectDefaultMetrics({ register: this.#text });
    for (const metric of this.#text.getMetricsAsArray()) {
      this.#open.registerMetric(this.#text.getSingleMetric(metric.name) as never);
    }
    this.sessionsActive = this.#gauge('mellm_sessions_active', 'Sessions that are live now');
    this.sessionsTotal = this.#counter('mellm_sessions_total', 'Sessions by how they ended, or were refused', ['result']);
    this.framesReceived = this.#counter('mellm_frames_received_total', 'Frames that arrived, whole or not');
    this.framesDecoded = this.#counter('mellm_frames_decoded_total', 'Frames decoded', ['codec']);
    this.framesDropped = this.#counter('mellm_frames_dropped_total', 'Frames dropped', ['stage', 'reason']);
    this.packetsLost = this.#counter('mellm_rtp_packets_lost_total', 'RTP packets that never came, repaired ones apart');
    this.keyframeRequests = this.#counter('mellm_keyframe_requests_total', 'Picture loss indications sent');
    this.stageDuration = this.#histogram('mellm_stage_duration_seconds', 'Time a stage took for one frame or window', MILLISECONDS, ['stage']);
    this.facesTracked = this.#gauge('mellm_faces_tracked', 'Faces tracked now, all sessions');
    this.annotationsTotal = this.#counter('mellm_annotations_total', 'Annotations closed', ['kind', 'emotion']);
    this.flowBatchSize = this.#histogram('mellm_flow_batch_size', 'Pairs in a flow batch', [1, 2, 4, 8, 16, 32]);
    this.flowQueueWait = this.#histogram('mellm_flow_queue_wait_seconds', 'Time a pair waited for its batch', MILLISECONDS);
    this.flowInference = this.#histogram('mellm_flow_inference_seconds', 'Time of one flow batch', MILLISECONDS, ['device']);
    this.alertLatency = this.#histogram('mellm_alert_latency_seconds', 'Apex frame received to alert sent', [0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2, 5]);
    this.llmRequests = this.#counter('mellm_llm_requests_total', 'MELLM requests', ['source', 'result']);
    this.llmFirstToken = this.#histogram('mellm_llm_time_to_first_token_seconds', 'Request to first token', [0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10, 20]);
    this.llmTokens = this.#counter('mellm_llm_tokens_total', 'Tokens generated', ['source']);
    this.wsClients = this.#gauge('mellm_ws_clients', 'Viewers connected');
    this.wsDropped = this.#counter('mellm_ws_messages_dropped_total', 'Passing events not sent to a slow viewer');
    this.#lag.enable();
    const lag = this.#lag;
    new Gauge({
      name: 'mellm_event_loop_lag_seconds', help: '99th percentile of the main loop\'s delay since the last scrape', registers: this.#registers,
      collect() { this.set(Number.isFinite(lag.percentile(99)) ? Math.max(0, lag.percentile(99) / 1e9 - 0.02) : 0); lag.reset(); },
    });
    for (const stage of STAGES) this.stageDuration.zero({ stage });
  }

  readonly sessionsActive: Gauge;
  readonly sessionsTotal: Counter;
  readonly framesReceived: Counter;
  readonly framesDecoded: Counter;
  readonly framesDropped: Counter;
  readonly packetsLost: Counter;
  readonly keyframeRequests: Counter;
  readonly stageDuration: Histogram;
  readonly facesTracked: Gauge;
  readonly annotationsTotal: Counter;
  readonly flowBatchSize: Histogram;
  readonly flowQueueWait: Histogram;
  readonly flowInference: Histogram;
  readonly alertLatency: Histogram;
  readonly llmRequests: Counter;
  readonly llmFirstToken: Histogram;
  readonly llmTokens: Counter;
  readonly wsClients: Gauge;
  readonly wsDropped: Counter;

  /** Records what one pass of a stage took, in milliseconds. */
  stage(stage: Stage, ms: number): void { this.stageDuration.observe({ stage }, ms / 1000); }

  /** The exposition, in OpenMetrics where the client's `Accept` asks for it. */
  async expose(accept: string | undefined): Promise<{ contentType: string; body: string }> {
    const registry = accept?.includes('application/openmetrics-text') ? this.#open : this.#text;
    return { contentType: registry.contentType, body: await registry.metrics() };
  }

  /** Stops the timers behind the metrics. */
  close(): void {
    this.#lag.disable();
    this.#text.clear();
    this.#open.clear();
  }

  #counter(name: string, help: string, labelNames: string[] = []): Counter {
    return new Counter({ name, help, labelNames, registers: this.#registers });
  }

  #gauge(name: string, help: string): Gauge {
    return new Gauge({ name, help, registers: this.#registers });
  }

  #histogram(name: string, help: string, buckets: number[], labelNames: string[] = []): Histogram {
    return new Histogram({ name, help, buckets, labelNames, registers: this.#registers });
  }
}
