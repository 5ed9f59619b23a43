import { concat, defer, finalize, interval, mergeMap, share, tap, type Observable } from 'rxjs';
import type { Annotation, EventDraft } from '../events/schema.js';
import type { DescribeOptions } from '../llm/describer.js';
import type { Description } from '../llm/contract.js';
import type { EndReason, FrameSource } from '../ingest/contract.js';
import type { FlowReport } from '../flow/contract.js';
import type { Metrics, Tracing } from '../telemetry/mod.js';
import type { FaceSpotter, Spotting } from '../spotting/mod.js';
import type { SpotterEvent, Window } from '../spotting/contract.js';
import { AlertTraces } from './alert-traces.js';
import { AlertLifecycle } from './alert-lifecycle.js';
import { isAnalyzed } from './media/analyzed-source.js';
import { StageHealth } from './stage-health.js';
import { EphemeralEvents } from './ephemeral-events.js';
import { sourceStream, type SourceMessage } from './source-stream.js';
import { SessionStats } from './session-stats.js';
import type { CropPair, VisionResult } from './vision/vision.js';
import { processStage, threadStage, type VisionReport } from './vision/vision-stage.js';
import type { VisionPool } from './vision/vision-pool.js';

/** The stages and sinks that sessions share. */
export interface SessionServices {
  readonly vision: Pick<VisionPool, 'seat'>;
  readonly metrics: Metrics;
  /** Where traces of alerts go; absent: none are made. */
  readonly tracing?: Tracing | undefined;
  readonly publish: (draft: EventDraft) => void;
  readonly measure?: (session: string, annotation: string, pair: CropPair, signal: AbortSignal) => Promise<FlowReport>;
  readonly describe?: (
    report: FlowReport,
    onText: (delta: string) => void,
    signal: AbortSignal,
    annotation: string,
    options: DescribeOptions,
  ) => Promise<Description>;
  readonly keepImages?: (session: string, annotation: string, pair: CropPair, report: FlowReport | undefined) => Promise<void>;
  /** Milliseconds that flow and text may take after a window of live video closed; a recording's take as long as they need. Default 20 000. */
  readonly patience?: number;
  readonly onAnnotation: (annotation: Annotation) => void;
  /** Whether another alert may open now. Default: always. */
  readonly admitsAlert?: () => boolean;
  /** Resolves when there is room for more events of a recording, which waits. Default: at once. */
  readonly room?: () => Promise<void>;
  readonly onFailure: (session: string, stage: string, error: unknown) => void;
  /** Milliseconds from a frame's arrival to the end of its analysis. */
  readonly onAnalyzed?: (ms: number, kind: FrameSource['kind']) => void;
}

/** One session's own settings. */
export interface SessionOptions {
  /** Public id. */
  readonly id: string;
  readonly name: string;
  readonly spotting: Spotting;
  /** Frames that may wait for the vision thread before the oldest is dropped. Default 4. */
  readonly queue?: number;
}

export interface RunningSession {
  /** Ends the source; {@link RunningSession.ended} follows when the last annotation has closed. */
  close(reason: EndReason): void;
  /** Gives up the flow and text that annotations still wait for; they close as incomplete. */
  abort(): void;
  /** Tells the session's viewers something lasting, as an `error` event. */
  tell(code: string, message: string): void;
  /** Resolves after `session.ended` was published and everything is freed. */
  readonly ended: Promise<void>;
  readonly stats: SessionStats;
  /** False alarms a minute that the spotter may make from now on; see {@link SpotterControls}. */
  falseAlarms: number;
}

/**
 * The way of a frame, for a live camera and a recorded file alike:
 *
 *     source ─► ring ─► vision (track, align, measure motion) ─┬─► spotter, one a face ─► alerts ─► flow, MELLM ─► events
 *                                                              └─► track and signal events
 */
export function runSession(source: FrameSource, options: SessionOptions, services: SessionServices): RunningSession {
  const { id } = options;
  const { metrics, publish, describe } = services;
  const stats = new SessionStats(metrics);
  const tell = (code: string, message: string): void => {
    publish({ type: 'error', session: id, t: stats.lastT, code, message: message.slice(0, 1024) });
  };
  const stageHealth = new StageHealth(tell, (stage, error) => {
    services.onFailure(id, stage, error);
  });
  const ephemeral = new EphemeralEvents(id, publish, stats);
  const traces = services.tracing && new AlertTraces(services.tracing, id);
  const report: VisionReport = {
    analyzed: (result, decodeMs) => {
      stageHealth.worked('vision');
      services.onAnalyzed?.(Date.now() - result.receivedAt, source.kind);
      stats.frameDone(result.t, result.receivedAt);
      traces?.frame(decodeMs, result);
      metrics.stage('track', result.ms.track);
      metrics.stage('align', result.ms.align);
      metrics.stage('spot', result.ms.spot);
    },
    dropped: (reason) => {
      stats.drop('track', reason);
    },
    failed: (error) => {
      stageHealth.failed('vision', error);
    },
    room: async () => {
      await alerts.room();
      await services.room?.();
    },
  };
  const vision = isAnalyzed(source)
    ? processStage(source, report)
    : threadStage(source, services.vision.seat(id), options.queue ?? 4, report);
  const alerts = new AlertLifecycle({
    session: id,
    publish,
    now: () => stats.lastT,
    receivedAt: (t) => stats.receivedAt(t),
    stages: {
      crops: (face, onset, apex) => vision.crops(face, onset, apex, spottedT),
      ...(services.measure
        ? {
            measure: (annotation: string, pair: CropPair, signal: AbortSignal) =>
              services.measure?.(id, annotation, pair, signal) ?? Promise.reject(new Error('no flow stage')),
          }
        : {}),
      ...(describe
        ? {
            describe: (report: FlowReport, onText: (delta: string) => void, signal: AbortSignal, annotation: string) =>
              describe(report, onText, signal, annotation, { patient: source.lossless }),
          }
        : {}),
      keepImages: async (annotation, pair, report) => {
        await services.keepImages?.(id, annotation, pair, report);
      },
    },
    ...(services.admitsAlert ? { admitsAlert: services.admitsAlert } : {}),
    // A recording waits: its frames for alerts in work, and those for a slow server.
    ...(source.lossless
      ? { patience: Infinity, capacity: Infinity }
      : services.patience === undefined
        ? {}
        : { patience: services.patience }),
    ...(traces ? { trace: (annotation: string, window: Window) => traces.open(annotation, window) } : {}),
    onClosed: (annotation) => {
      if (annotation.withdrawn === undefined) {
        stats[annotation.kind]++;
        metrics.annotationsTotal.inc({ kind: annotation.kind, emotion: annotation.emotion?.label ?? 'none' });
      }
      services.onAnnotation(annotation);
    },
    onAlert: (latency) => {
      if (latency !== undefined) metrics.alertLatency.observe(latency / 1000);
    },
    onFailure: (stage, error) => {
      if (stage === 'store') services.onFailure(id, stage, error);
      else stageHealth.failed(stage, error);
    },
    onWorked: (stage) => {
      stageHealth.worked(stage);
    },
  });
  let end: { reason: EndReason; message: string | undefined } = { reason: 'failed', message: undefined };
  const controls = options.spotting.controls();
  /** Media seconds of the frame that the spotter saw last; results of later ones may wait already. */
  let spottedT = 0;

  const messages$ = sourceStream(source).pipe(
    tap((message) => {
      note(message);
    }),
    share(),
  );
  const vision$: Observable<VisionResult> = vision.results(messages$).pipe(
    tap((result) => {
      spottedT = result.t;
      ephemeral.see(result);
    }),
    share(),
  );
  const spotted$: Observable<SpotterEvent> = perFace(vision$, () => options.spotting.watch(controls));
  const ticker = interval(1000).subscribe(() => {
    ephemeral.stats(vision.waiting, options.spotting.method === 'learned' ? controls.falseAlarms : undefined);
  });
  const ended = new Promise<void>((resolve) => {
    spotted$
      .pipe(
        tap((event) => {
          ephemeral.spotted(event);
          alerts.handle(event);
        }),
        finalize(() => {
          ticker.unsubscribe();
          void finish().finally(resolve);
        }),
      )
      .subscribe({
        error: (error: unknown) => {
          services.onFailure(id, 'track', error);
          end = { reason: 'failed', message: 'the analysis of this session failed; start it again' };
        },
      });
  });

  return {
    close: (reason) => {
      source.close(reason);
    },
    abort: () => {
      alerts.abort();
    },
    tell,
    ended,
    stats,
    get falseAlarms() {
      return controls.falseAlarms;
    },
    set falseAlarms(perMinute) {
      controls.falseAlarms = perMinute;
    },
  };

  function note(message: SourceMessage): void {
    switch (message.type) {
      case 'format':
        stats.codec = message.format.codec;
        ephemeral.format(options.name, message.format);
        break;
      case 'frame':
      case 'analyzed':
      case 'unanalyzed':
        stats.decoded(message.frame.decodeMs);
        break;
      case 'counters':
        stats.source(message.counters);
        break;
      case 'fault':
        tell(message.code, message.message);
        break;
      case 'end':
        end = message;
        break;
      case 'gap':
        break;
    }
  }

  async function finish(): Promise<void> {
    await alerts.settle();
    vision.close();
    ephemeral.close();
    const message = end.message ?? (end.reason === 'failed' ? 'the source failed without saying why' : undefined);
    if (message !== undefined) tell(`source_${end.reason}`, message);
    publish({ type: 'session.ended', session: id, t: stats.lastT, reason: end.reason, totals: stats.totals() });
  }
}

/** A spotter for each face, flushed when the face is gone for good or the stream ends. */
function perFace(vision$: Observable<VisionResult>, create: () => FaceSpotter): Observable<SpotterEvent> {
  const spotters = new Map<string, FaceSpotter>();
  const push = ({ samples, ticks }: VisionResult): SpotterEvent[] =>
    samples.flatMap((sample) => {
      let spotter = spotters.get(sample.face);
      if (!spotter) spotters.set(sample.face, (spotter = create()));
      return spotter.push(
        sample,
        ticks.filter(({ face }) => face === sample.face),
      );
    });
  const flush = (face: string): SpotterEvent[] => {
    const events = spotters.get(face)?.flush() ?? [];
    spotters.delete(face);
    return events;
  };
  return concat(
    vision$.pipe(mergeMap((result) => [...push(result), ...result.lost.flatMap(flush)])),
    defer(() => [...spotters.keys()].flatMap(flush)),
  );
}
