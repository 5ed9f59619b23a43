import { Parts } from '../../common/parts.js';
import type { Config } from '../../config/mod.js';
import type { FlowEstimator } from '../../flow/mod.js';
import type { Describer } from '../../llm/mod.js';
import { listModels } from '../../runtime/inference/mod.js';
import { readCalibration, readSpotterModel, Spotting } from '../../spotting/mod.js';
import type { Store } from '../../store/mod.js';
import type { Logger, Metrics } from '../../telemetry/mod.js';
import type { SessionServices } from '../session-services.js';
import { VisionPool } from '../vision/vision-pool.js';
import { storeImages } from './alert-images.js';
import { startFlow } from './start-flow.js';
import { startMellm } from './start-mellm.js';

/** The stages behind a source, started and warm; shared by the live server and `analyze`. */
export interface Analysis {
  readonly stages: Pick<SessionServices, 'vision' | 'measure' | 'describe' | 'storeImages'>;
  /** They serve the jobs of this process and, over NATS, those of others. */
  readonly workers: { readonly flow: FlowEstimator | undefined; readonly llm: Describer | undefined };
  readonly spotting: Spotting;
  /** Drops the queued jobs of a session that has ended. */
  forget(session: string): void;
  /** `<model>@<sha8>` of each loaded model. */
  readonly loaded: readonly string[];
  close(): Promise<void>;
}

/** Which stages this process starts. */
export interface AnalysisParts {
  /** Threads that analyse the frames of sources in this process; media processes analyse their own. Default true. */
  readonly vision?: boolean;
  /** Default true. */
  readonly flow?: boolean;
  /** Default true. */
  readonly llm?: boolean;
  /** Sends flow and MELLM jobs to other processes. Default: this process does them. */
  readonly remote?: Pick<SessionServices, 'measure' | 'describe'> | undefined;
}

/** Starts the threads behind the sources. */
export function startAnalysis(
  config: Config,
  metrics: Metrics,
  store: Store,
  log: Logger,
  { vision: withVision = true, flow: withFlow = true, llm: withLlm = true, remote }: AnalysisParts = {},
): Promise<Analysis> {
  return Parts.start(async (parts) => {
    const models = await listModels();
    const learned = config.spotting.method === 'learned' ? readSpotterModel() : undefined;
    const calibration = config.spotting.calibration === undefined ? undefined : readCalibration(config.spotting.calibration);
    const [vision, describer, flow] = await Promise.all([
      parts.add('vision', withVision ? startVision(config, metrics, log, learned !== undefined) : undefined, (pool) => pool?.close()),
      parts.add('mellm', withLlm ? startMellm(config, metrics, log) : undefined, (started) => started?.close()),
      parts.add('flow', withFlow ? startFlow(config, metrics, log) : undefined, (started) => started?.close()),
    ]);
    return {
      stages: {
        vision: vision ?? NO_VISION,
        ...(remote ?? {
          measure: flow && ((request) => flow.measure(request)),
          describe: describer && ((report, onText, signal, _annotation, options) => describer.describe(report, onText, signal, options)),
        }),
        storeImages: (session, annotation, pair, report) => storeImages(store, session, annotation, pair, report),
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
        calibration: calibration?.line,
      }),
      loaded: [...models, ...(calibration ? [{ name: 'calibration', sha256: calibration.sha256 }] : [])].flatMap(({ name, sha256 }) =>
        sha256 === undefined ? [] : [`${name}@${sha256.slice(0, 8)}`],
      ),
      close: () => parts.close(),
    };
  });
}

function startVision({ vision, server }: Config, metrics: Metrics, log: Logger, learned: boolean): Promise<VisionPool> {
  return VisionPool.start({
    workers: vision.workers,
    maxFaces: vision.max_faces,
    learned,
    hangTimeout: server.hang_ms,
    onCrash: (thread, error) => {
      metrics.workerRestarts.inc({ worker: 'vision' });
      log.error({ thread, err: error }, 'vision thread crashed; restarting it');
    },
  });
}

const NO_VISION: SessionServices['vision'] = {
  seat: () => {
    throw new Error('this process analyses no frames');
  },
};
