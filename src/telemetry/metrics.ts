import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { EventLoopLag } from './event-loop-lag.js';
import { OPENMETRICS_TYPE, toOpenMetrics } from './open-metrics.js';

/** The pipeline's stages, as the `stage` label names them. */
export type Stage = 'decode' | 'track' | 'align' | 'spot' | 'flow' | 'mellm' | 'publish';
const STAGES: readonly Stage[] = ['decode', 'track', 'align', 'spot', 'flow', 'mellm', 'publish'];

/** Upper bounds in seconds: a stage may take half a millisecond (decode) or as long as an answer is waited for (mellm). */
const STAGE_SECONDS = [0.0002, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.033, 0.066, 0.125, 0.25, 0.5, 1, 2, 5, 10, 20];
/** A pair waits for `flow.max_wait_ms` for company, and is given up after 10 s. */
const WAIT_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
const INFERENCE_SECONDS = [0.002, 0.005, 0.01, 0.02, 0.035, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2, 5];
/** Fine where the promise lies: an alert within 150 ms of media time after the apex, and what the machine adds. */
const ALERT_SECONDS = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1, 2, 5, 10];
const TOKEN_SECONDS = [0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10, 20];

type Labels = Readonly<Record<string, string>>;
const KINDS = ['micro', 'macro'] as const;
const EMOTIONS = ['negative', 'positive', 'surprise', 'other'] as const;

/** What the metrics should know of the server they speak for. */
export interface MetricsOptions {
  /** False: no category is inferred, and no series names one. Default true. */
  readonly emotion?: boolean;
  /** The package's version, for `mellm_build_info`. Default `unknown`. */
  readonly version?: string;
  /**
   * Node's own figures of the event loop's delay (`nodejs_eventloop_lag_{min…p99}_seconds`). They wake an idle process a hundred times a
   * second, a percent of a core, which many small processes feel; `mellm_event_loop_lag_seconds` tells the same. Default true.
   */
  readonly nodeLoopFigures?: boolean;
}

/**
 * Every metric of the contract. One object a server, so that several live in one process; labels are bounded by the code
 * that sets them, none comes from outside. Series whose labels are known begin at 0, so that a rate sees the first event.
 */
export class Metrics {
  readonly #text = new Registry();
  readonly #lag = new EventLoopLag();
  /** Processor seconds of each media process that runs, since its start. */
  readonly #mediaCpu = new Map<string, number>();
  #mediaCpuSeconds = 0;
  readonly #registers = [this.#text];

  constructor({ emotion = true, version = 'unknown', nodeLoopFigures = true }: MetricsOptions = {}) {
    collectDefaultMetrics({ register: this.#text, ...(nodeLoopFigures ? {} : { eventLoopMonitoringPrecision: 1000 }) });
    if (!nodeLoopFigures)
      for (const figure of ['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99'])
        this.#text.removeSingleMetric(`nodejs_eventloop_lag_${figure}_seconds`);
    this.#gauge('mellm_build_info', 'Always 1; the labels give the running version', ['version', 'node']).set(
      { version, node: process.versions.node },
      1,
    );
    this.sessionsActive = this.#gauge('mellm_sessions_active', 'Live sessions');
    this.sessionsLimit = this.#gauge('mellm_sessions_limit', 'Maximum number of live sessions (server.max_sessions)');
    this.sessionsTotal = this.#counter(
      'mellm_sessions_total',
      'Sessions by how they ended or were refused',
      ['result'],
      [
        'ended',
        'timeout',
        'replaced',
        'shutdown',
        'deleted',
        'failed',
        'faulty_video',
        'too_much_data',
        'media_process_died',
        'refused',
      ].map((result) => ({ result })),
    );
    this.framesReceived = this.#counter('mellm_frames_received_total', 'Frames received, complete or not');
    this.framesDecoded = this.#counter('mellm_frames_decoded_total', 'Frames decoded', ['codec']);
    this.framesDropped = this.#counter(
      'mellm_frames_dropped_total',
      'Frames dropped',
      ['stage', 'reason'],
      [
        { stage: 'decode', reason: 'lost' },
        { stage: 'track', reason: 'busy' },
        { stage: 'track', reason: 'failed' },
      ],
    );
    this.packetsLost = this.#counter('mellm_rtp_packets_lost_total', 'RTP packets lost and not recovered');
    this.keyframeRequests = this.#counter('mellm_keyframe_requests_total', 'Picture loss indications sent');
    this.stageDuration = this.#histogram('mellm_stage_duration_seconds', 'Time a stage took for one frame or window', STAGE_SECONDS, [
      'stage',
    ]);
    this.facesTracked = this.#gauge('mellm_faces_tracked', 'Faces being tracked, all sessions');
    this.annotationsTotal = this.#counter(
      'mellm_annotations_total',
      'Annotations closed',
      ['kind', 'emotion'],
      KINDS.flatMap((kind) => ['none', ...(emotion ? EMOTIONS : [])].map((label) => ({ kind, emotion: label }))),
    );
    this.flowBatchSize = this.#histogram('mellm_flow_batch_size', 'Pairs in a flow batch', [1, 2, 4, 8, 16, 32]);
    this.flowQueueWait = this.#histogram('mellm_flow_queue_wait_seconds', 'Time a pair waited for its batch', WAIT_SECONDS);
    this.flowInference = this.#histogram('mellm_flow_inference_seconds', 'Time of one flow batch', INFERENCE_SECONDS, ['device']);
    this.flowDropped = this.#counter(
      'mellm_flow_dropped_total',
      'Pairs discarded before they were measured',
      ['reason'],
      ['expired', 'overflow', 'cancelled', 'closed'].map((reason) => ({ reason })),
    );
    this.flowServerUp = this.#gauge(
      'mellm_flow_server_up',
      '1 while the flow server is in use, 0 while it is paused after failures; absent without flow.server',
    );
    this.flowServerUp.remove();
    this.flowServerBatches = this.#counter(
      'mellm_flow_server_batches_total',
      'Flow batches for the flow server: computed there, by the local model instead, or not at all; absent without flow.server',
      ['result'],
    );
    this.alertLatency = this.#histogram('mellm_alert_latency_seconds', 'Apex frame received to alert sent', ALERT_SECONDS);
    this.llmRequests = this.#counter('mellm_llm_requests_total', 'MELLM requests', ['source', 'result']);
    this.llmFirstToken = this.#histogram('mellm_llm_time_to_first_token_seconds', 'Request to first token', TOKEN_SECONDS);
    this.llmTokens = this.#counter('mellm_llm_tokens_total', 'Tokens generated', ['source']);
    this.llmEndpointUp = this.#gauge(
      'mellm_llm_endpoint_up',
      '1 while an OpenAI-compatible server is in use, 0 while it is excluded after failures; endpoint: its host and port; absent without llm.url',
      ['endpoint'],
    );
    this.wsClients = this.#gauge('mellm_ws_clients', 'Viewers connected');
    this.wsDropped = this.#counter('mellm_ws_messages_dropped_total', 'Ephemeral events not sent to a slow viewer');
    this.eventsSuppressed = this.#counter(
      'mellm_events_suppressed_total',
      'Durable events suppressed because one publisher caused too many, by code; `alert`: an alert that was not opened',
      ['code'],
      [
        'alert',
        'decode_failed',
        'format_changed',
        'too_heavy',
        'vision_failed',
        'vision_resumed',
        'flow_failed',
        'flow_resumed',
        'mellm_failed',
        'mellm_resumed',
      ].map((code) => ({ code })),
    );
    this.refusals = this.#counter(
      'mellm_refusals_total',
      'Connections, requests, viewers, publishers and downloads refused or closed by a limit, by limit',
      ['reason'],
    );
    this.recordings = this.#gauge('mellm_recordings', 'Recordings that are being uploaded, waiting or being analysed', ['state']);
    for (const state of ['uploading', 'waiting', 'analyzing']) this.recordings.set({ state }, 0);
    this.recordingsTotal = this.#counter(
      'mellm_recordings_total',
      'Uploaded recordings by outcome',
      ['result'],
      ['done', 'failed', 'cancelled', 'expired', 'refused'].map((result) => ({ result })),
    );
    this.recordingBytes = this.#gauge('mellm_recording_bytes', 'Bytes on disk reserved for uploaded recordings (recordings.quota_bytes)');
    this.unspottable = this.#counter(
      'mellm_unspottable_seconds_total',
      'Media time during which a face was in view but too poorly visible for spotting, by the worst fault',
      ['fault'],
      ['too_small', 'too_dark', 'too_bright', 'blurred', 'turned', 'cut_off', 'unstable', 'few_frames'].map((fault) => ({ fault })),
    );
    this.unread = this.#counter(
      'mellm_unread_seconds_total',
      'Media time during which a region of a face in view could not be read, by region and reason: a fault of the face, or `lost` (covered, deformed or too fast); summed over faces',
      ['region', 'reason'],
    );
    this.workerRestarts = this.#counter(
      'mellm_worker_restarts_total',
      'Worker threads and media processes that died or hung and were restarted',
      ['worker'],
      ['media', 'flow', 'flow-report', 'flow-server', 'mellm', 'store'].map((worker) => ({ worker })),
    );
    this.mediaCpu = this.#counter(
      'mellm_media_cpu_seconds_total',
      'CPU time of the media processes, by slot; process_cpu_seconds_total covers the main process only',
      ['process'],
    );
    this.mediaMemory = this.#gauge(
      'mellm_media_resident_memory_bytes',
      'Resident memory of each running media process; process_resident_memory_bytes covers the main process only',
      ['process'],
    );
    this.iceServerUp = this.#gauge(
      'mellm_ice_server_up',
      '1 while a STUN or TURN server answers, 0 while it does not and is excluded, as of the last publisher; absent before the first publisher and without webrtc.ice_servers',
      ['server'],
    );
    this.storeUp = this.#gauge(
      'mellm_store_up',
      '1 while findings are persisted, 0 while the store is unavailable; absent with --no-store',
    );
    this.storeCommit = this.#histogram('mellm_store_commit_seconds', 'Time of one commit', STAGE_SECONDS);
    this.storeBytes = this.#gauge('mellm_store_bytes', 'Bytes in use in the database');
    this.storeWaiting = this.#gauge('mellm_store_waiting_writes', 'Writes waiting for the disk');
    this.storeLost = this.#gauge('mellm_store_lost_writes', 'Writes discarded since start-up because too many were waiting');
    this.storeErasureHeld = this.#gauge(
      'mellm_store_erasure_held',
      '1 while expired sessions are not erased because the clock jumped ahead, see docs/keep.md',
    );
    // Without a database nothing is refused and nothing waits: an alarm must not hear a 0 that means "none".
    for (const gauge of [this.storeUp, this.storeBytes, this.storeWaiting, this.storeLost, this.storeErasureHeld]) gauge.remove();
    this.busUp = this.#gauge('mellm_bus_up', '1 while connected to NATS, 0 while not; absent without a bus', ['node']);
    this.busWaiting = this.#gauge(
      'mellm_bus_waiting_events',
      'Durable events of this process not yet in the stream; absent without a bus',
      ['node'],
    );
    this.nodes = this.#gauge(
      'mellm_nodes',
      'Processes of the installation with a recent heartbeat, as seen by this one; absent without a bus',
      ['role'],
    );
    this.sessionsReaped = this.#counter('mellm_sessions_reaped_total', 'Sessions that this process ended on behalf of a dead one', []);
    this.whipPassedOn = this.#counter(
      'mellm_whip_passed_on_total',
      'WHIP requests that this process forwarded to the process of the publisher; absent without a bus',
      ['method', 'outcome'],
    );
    this.jobsPending = this.#gauge('mellm_jobs_pending', 'Jobs waiting in a queue; absent without a bus', ['queue']);
    this.jobsUnacked = this.#gauge('mellm_jobs_unacked', 'Jobs in progress', ['queue']);
    this.jobsUnackedLimit = this.#gauge(
      'mellm_jobs_unacked_limit',
      'Maximum jobs in progress; at this number the queue silently stops delivering',
      ['queue'],
    );
    this.jobsRedelivered = this.#gauge('mellm_jobs_redelivered', 'Jobs in progress that were delivered more than once', ['queue']);
    this.jobsTotal = this.#counter('mellm_jobs_total', 'Jobs that this process took from a queue', ['queue', 'result']);
    const lag = this.#lag;
    new Gauge({
      name: 'mellm_event_loop_lag_seconds',
      help: "99th percentile of the main loop's delay over the last 10 to 20 seconds",
      registers: this.#registers,
      collect() {
        this.set(lag.seconds);
      },
    });
    for (const stage of STAGES) this.stageDuration.zero({ stage });
  }

  readonly sessionsActive: Gauge;
  readonly sessionsLimit: Gauge;
  readonly sessionsTotal: Counter;
  readonly framesReceived: Counter;
  readonly framesDecoded: Counter;
  readonly framesDropped: Counter;
  readonly packetsLost: Counter;
  readonly recordings: Gauge<'state'>;
  readonly recordingsTotal: Counter<'result'>;
  readonly recordingBytes: Gauge;
  readonly unspottable: Counter<'fault'>;
  readonly unread: Counter<'region' | 'reason'>;
  readonly keyframeRequests: Counter;
  readonly stageDuration: Histogram;
  readonly facesTracked: Gauge;
  readonly annotationsTotal: Counter;
  readonly flowBatchSize: Histogram;
  readonly flowQueueWait: Histogram;
  readonly flowInference: Histogram;
  readonly flowDropped: Counter;
  readonly flowServerUp: Gauge;
  readonly flowServerBatches: Counter;
  readonly alertLatency: Histogram;
  readonly llmRequests: Counter;
  readonly llmFirstToken: Histogram;
  readonly llmTokens: Counter;
  readonly llmEndpointUp: Gauge;
  readonly wsClients: Gauge;
  readonly wsDropped: Counter;
  readonly refusals: Counter<'reason'>;
  readonly workerRestarts: Counter;
  readonly eventsSuppressed: Counter<'code'>;
  readonly mediaCpu: Counter<'process'>;
  readonly mediaMemory: Gauge<'process'>;
  readonly iceServerUp: Gauge<'server'>;

  /** 99th percentile of the main loop's delay over the last 10 to 20 seconds, in seconds. */
  get eventLoopLag(): number {
    return this.#lag.seconds;
  }
  readonly storeUp: Gauge;
  readonly storeCommit: Histogram;
  readonly storeBytes: Gauge;
  readonly storeWaiting: Gauge;
  readonly storeLost: Gauge;
  readonly storeErasureHeld: Gauge;
  readonly busUp: Gauge;
  readonly busWaiting: Gauge;
  readonly nodes: Gauge;
  readonly sessionsReaped: Counter;
  readonly whipPassedOn: Counter<'method' | 'outcome'>;
  readonly jobsPending: Gauge;
  readonly jobsUnacked: Gauge;
  readonly jobsUnackedLimit: Gauge;
  readonly jobsRedelivered: Gauge;
  readonly jobsTotal: Counter;

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
    return this.#text
      .getMetricsAsArray()
      .filter(({ name }) => name.startsWith('mellm_'))
      .map((metric) => {
        const { name, help, labelNames, constructor } = metric as typeof metric & { labelNames: string[] };
        return { name, help, type: constructor.name.toLowerCase(), labels: labelNames };
      });
  }

  /** The exposition, in OpenMetrics where the client's `Accept` asks for it. */
  async expose(accept: string | undefined): Promise<{ contentType: string; body: string }> {
    const text = await this.#text.metrics();
    return accept?.includes('application/openmetrics-text')
      ? { contentType: OPENMETRICS_TYPE, body: toOpenMetrics(text) }
      : { contentType: this.#text.contentType, body: text };
  }

  /** Stops the timers behind the metrics. */
  close(): void {
    this.#lag.close();
    this.#text.clear();
  }

  /** `zero`: the label sets that are known beforehand. */
  #counter(name: string, help: string, labelNames: string[] = [], zero: readonly Labels[] = []): Counter {
    const counter = new Counter({ name, help, labelNames, registers: this.#registers });
    for (const labels of zero) counter.inc({ ...labels }, 0);
    return counter;
  }

  #gauge(name: string, help: string, labelNames: string[] = []): Gauge {
    return new Gauge({ name, help, labelNames, registers: this.#registers });
  }

  #histogram(name: string, help: string, buckets: number[], labelNames: string[] = []): Histogram {
    return new Histogram({ name, help, buckets, labelNames, registers: this.#registers });
  }
}
