import type { Config } from '../config/mod.js';
import { FlowError, FlowEstimator } from '../flow/mod.js';
import { listModels, readFaceModels } from '../runtime/inference/mod.js';
import { describerOptions, LlmError, startDescriber, type Describer } from '../llm/mod.js';
import type { IceServer } from '../ingest/mod.js';
import { startMediaPool, VisionPool, type MediaPool, type SessionServices } from '../pipeline/mod.js';
import { readSpotterModel, Spotting } from '../spotting/mod.js';
import type { Store } from '../store/mod.js';
import type { Logger, Metrics } from '../telemetry/mod.js';
import { IceServerHealth } from './health/ice-server-health.js';
import { keepImages } from './alert-images.js';

/** The stages behind a source, started and warm; live server and `analyze` share them. */
export interface Analysis {
  readonly stages: Pick<SessionServices, 'vision' | 'measure' | 'describe' | 'keepImages'>;
  /** What does the jobs of this process, and of others. */
  readonly workers: { readonly flow: FlowEstimator | undefined; readonly llm: Describer | undefined };
  readonly spotting: Spotting;
  /** Drops what still waits for a session that has ended. */
  forget(session: string): void;
  /** `<model>@<sha8>` of what is loaded. */
  readonly loaded: readonly string[];
  close(): Promise<void>;
}

/** Which stages are started, where not all are. */
export interface AnalysisParts {
  /** Threads for sources whose frames come to this process; media processes need none. Default true. */
  readonly vision?: boolean;
  /** Default true. */
  readonly flow?: boolean;
  /** Default true. */
  readonly llm?: boolean;
  /** Where the jobs of flow and MELLM are done. Default here. */
  readonly elsewhere?: Pick<SessionServices, 'measure' | 'describe'> | undefined;
}

/** Starts the threads behind the sources. */
export async function startAnalysis(
  config: Config,
  metrics: Metrics,
  store: Store,
  log: Logger,
  parts: AnalysisParts = {},
): Promise<Analysis> {
  const { vision: here = true, elsewhere } = parts;
  const models = await listModels();
  const learned = config.spotting.method === 'learned' ? readSpotterModel() : undefined;
  const started = await Promise.allSettled([
    !here
      ? undefined
      : VisionPool.start({
          workers: config.vision.workers,
          maxFaces: config.vision.max_faces,
          learned: learned !== undefined,
          hangTimeout: config.server.hang_ms,
          onCrash: (thread, error) => {
            metrics.workerRestarts.inc({ worker: 'vision' });
            log.error({ thread, err: error }, 'a vision thread failed and is started again');
          },
        }),
    parts.flow === false ? undefined : startFlow(config, metrics, log),
    parts.llm === false ? undefined : startLlm(config, metrics, log),
  ]);
  const failed = started.find((part) => part.status === 'rejected');
  if (failed) {
    await Promise.all(started.flatMap((part) => (part.status === 'fulfilled' && part.value ? [part.value.close()] : [])));
    throw failed.reason;
  }
  const [vision, flow, describer] = started.map((part) => (part.status === 'fulfilled' ? part.value : undefined)) as [
    VisionPool?,
    FlowEstimator?,
    Describer?,
  ];
  return {
    stages: {
      vision: vision ?? {
        seat: () => {
          throw new Error('this process analyses no frames');
        },
      },
      ...(elsewhere ?? {
        measure: flow && ((request) => flow.measure(request)),
        describe: describer && ((report, onText, signal, _annotation, options) => describer.describe(report, onText, signal, options)),
      }),
      keepImages: (session, annotation, pair, report) => keepImages(store, session, annotation, pair, report),
    },
    workers: { flow, llm: describer },
    forget: (session) => {
      flow?.forget(session);
    },
    spotting: new Spotting({
      model: learned,
      microMax: config.spotting.micro_max,
      sensitivity: config.spotting.sensitivity,
      falseAlarms: config.spotting.false_alarms_per_minute,
    }),
    loaded: models.flatMap(({ name, sha256 }) => (sha256 === undefined ? [] : [`${name}@${sha256.slice(0, 8)}`])),
    close: async () => {
      await flow?.close();
      await describer?.close();
      await vision?.close();
    },
  };
}

/** MEFlowNet, loaded and warm on the device asked for, or on the one that there is. Without weights, annotations say `incomplete: ["flow"]`. */
async function startFlow({ flow, server, bus }: Config, metrics: Metrics, log: Logger): Promise<FlowEstimator | undefined> {
  if (!flow.enabled) return undefined;
  if (flow.server !== undefined) metrics.flowServer();
  try {
    const estimator = await FlowEstimator.start({
      // Jobs out of a queue have waited for company there, and come together.
      maxWait: bus.url === undefined ? flow.max_wait_ms : 1,
      ...(flow.server === undefined
        ? {}
        : {
            server: {
              url: flow.server,
              model: flow.server_model,
              version: flow.server_version,
              keyFile: flow.server_key_file,
              timeout: flow.server_timeout_ms,
              fallback: flow.server_fallback,
            },
          }),
      device: flow.device,
      maxBatch: flow.max_batch,
      hangTimeout: server.hang_ms,
      hooks: {
        batch: (pairs) => {
          metrics.flowBatchSize.observe(pairs);
        },
        queueWait: (ms) => {
          metrics.flowQueueWait.observe(ms / 1000);
        },
        inference: (ms, device) => {
          metrics.flowInference.observe({ device }, ms / 1000);
        },
        dropped: (reason) => {
          metrics.flowDropped.inc({ reason });
        },
        serverUp: (up) => {
          metrics.flowServerUp.set(up ? 1 : 0);
        },
        serverRequest: (result) => {
          metrics.flowServerBatches.inc({ result });
        },
      },
      onNotice: (message) => {
        log.warn(message);
      },
      onCrash: (worker) => {
        metrics.workerRestarts.inc({ worker });
      },
    });
    for (const device of estimator.info.devices) metrics.flowInference.zero({ device });
    return estimator;
  } catch (error) {
    if (!(error instanceof FlowError && error.code === 'flow_model_missing')) throw error;
    log.warn(error.message);
    return undefined;
  }
}

/** MELLM: the endpoint where one is named, and the embedded model. Without either, annotations say `incomplete: ["mellm"]`. */
async function startLlm(config: Config, metrics: Metrics, log: Logger): Promise<Describer | undefined> {
  if (!config.flow.enabled) return undefined;
  try {
    const describer = await startDescriber({
      ...describerOptions(config),
      hangTimeout: config.server.hang_ms,
      onRequest: (source, result) => {
        metrics.llmRequests.inc({ source, result });
      },
      onFirstToken: (_source, ms) => {
        metrics.llmFirstToken.observe(ms / 1000);
      },
      onTokens: (source, count) => {
        metrics.llmTokens.inc({ source }, count);
      },
      onEndpoint: (endpoint, up) => {
        metrics.llmEndpointUp.set({ endpoint }, up ? 1 : 0);
      },
      onProblem: (message, error) => {
        log.warn({ err: error }, message);
      },
      onCrash: (error) => {
        metrics.workerRestarts.inc({ worker: 'mellm' });
        log.error({ err: error }, "the language model's thread failed and is started again");
      },
    });
    metrics.llmSources(describer.sources);
    return describer;
  } catch (error) {
    if (!(error instanceof LlmError && error.code === 'llm_model_missing')) throw error;
    log.warn('no language model: annotations carry motion only');
    return undefined;
  }
}

/** The settings' servers without what is not set. */
export function iceServersOf(servers: Config['webrtc']['ice_servers']): IceServer[] {
  return servers.map(
    (server) => Object.fromEntries(Object.entries(server).filter(([, value]) => value !== undefined)) as unknown as IceServer,
  );
}

/** Starts the first of the processes that receive, decode, track and measure live video. */
export async function startMedia(
  { webrtc, media, vision, spotting, server, limits }: Config,
  metrics: Metrics,
  log: Logger,
): Promise<MediaPool> {
  // A missing or damaged file is told here, in one line, and not by a process that dies at its start.
  readFaceModels();
  const iceServers = new IceServerHealth(metrics, log);
  return startMediaPool({
    processes: media.processes,
    maxFaces: vision.max_faces,
    learned: spotting.method === 'learned',
    ice: {
      advertisedAddresses: webrtc.advertised_addresses,
      iceLite: webrtc.ice_lite,
      localCandidates: webrtc.local_candidates,
      iceServers: iceServersOf(webrtc.ice_servers),
      ...(webrtc.udp_ports ? { portRange: webrtc.udp_ports } : {}),
    },
    limits: {
      maxBitrate: webrtc.max_bitrate,
      endAboveBitrate: limits.max_bitrate,
      maxSessions: server.max_sessions,
      maxWidth: limits.max_width,
      maxHeight: limits.max_height,
      maxFps: limits.max_fps,
    },
    jitterMs: webrtc.jitter_ms,
    hangTimeout: server.hang_ms,
    iceTimeout: webrtc.ice_timeout_ms,
    connectTimeout: webrtc.connect_timeout_ms,
    mediaTimeout: webrtc.media_timeout_ms,
    onCrash: (name, error) => {
      metrics.workerRestarts.inc({ worker: 'media' });
      log.error({ process: name, err: error }, 'media process died: its sessions ended, another is being started');
    },
    onIceServer: (url, up) => {
      iceServers.heard(url, up);
    },
    onUsage: (name, usage) => {
      metrics.mediaUsage(name, usage);
    },
  });
}
