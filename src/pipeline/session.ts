import { interval, lastValueFrom, tap } from 'rxjs';
import type { FrameSource } from '../ingest/contract.js';
import type { Spotting } from '../spotting/mod.js';
import type { AlertLifecycle } from './alert/alert-lifecycle.js';
import { AlertTraces } from './alert/alert-traces.js';
import { EphemeralEvents } from './ephemeral-events.js';
import { SeriesBuilder } from './series/series-builder.js';
import { sessionAlerts } from './session-alerts.js';
import type { RunningSession, SessionOptions, SessionServices } from './session-services.js';
import { SessionStats } from './session-stats.js';
import { SourceMonitor } from './source-monitor.js';
import { sourceStream } from './source-stream.js';
import { spotFaces } from './spot-faces.js';
import { StageHealth } from './stage-health.js';
import { openVision } from './vision/open-vision.js';

/**
 * How a frame is processed, of a live camera and of a recorded file alike:
 *
 *     source ─► queue ─► vision (track, align, measure motion) ─┬─► spotter, one a face ─► alerts ─► flow, MELLM ─► events
 *                                                               └─► track and signal events
 */
export function runSession(source: FrameSource, options: SessionOptions, services: SessionServices): RunningSession {
  const { id, spotting } = options;
  const series = services.series && new SeriesBuilder(spotting.method === 'learned', services.series);
  const { stats, tell, health, ephemeral, monitor, traces } = observers(options, services);
  const controls = spotting.controls();
  /** Media seconds of the frame that the spotter saw last; the vision stage may be ahead of it. */
  let spottedT = 0;

  const vision = openVision(source, options, services, { stats, health, traces, room: () => alerts.room() });
  const alerts = sessionAlerts({
    session: id,
    lossless: source.lossless,
    services,
    crops: (face, onset, apex) => vision.crops(face, onset, apex, spottedT),
    stats,
    health,
    traces,
  });

  const results$ = vision.results(sourceStream(source, monitor)).pipe(
    tap((result) => {
      spottedT = result.t;
      ephemeral.see(result);
      series?.see(result);
    }),
  );
  const events$ = spotFaces(results$, () => spotting.watch(controls)).pipe(
    tap((event) => {
      ephemeral.spotted(event);
      series?.spotted(event);
      alerts.handle(event);
    }),
  );
  const ticker = interval(1000).subscribe(() => {
    ephemeral.stats(vision.waiting, spotting.method === 'learned' ? controls.falseAlarms : undefined);
  });

  const run = async (): Promise<void> => {
    try {
      await lastValueFrom(events$, { defaultValue: undefined });
    } catch (error) {
      services.onFailure(id, 'track', error);
      monitor.fail('the analysis of this session failed; start it again');
    }
    ticker.unsubscribe();
    series?.end();
    await alerts.settle();
    vision.close();
    ephemeral.close();
    services.publish({ type: 'session.ended', session: id, t: stats.lastT, reason: monitor.conclude(), totals: stats.totals() });
  };
  return handle(source, { alerts, controls, tell, stats, ended: run() });
}

/** What watches a session and reports on it. */
function observers({ id, name }: SessionOptions, { metrics, publish, tracing, onFailure }: SessionServices) {
  const stats = new SessionStats(metrics);
  const tell = (code: string, message: string): void => {
    publish({ type: 'error', session: id, t: stats.lastT, code, message: message.slice(0, 1024) });
  };
  const health = new StageHealth(tell, (stage, error) => {
    onFailure(id, stage, error);
  });
  const ephemeral = new EphemeralEvents(id, publish, stats);
  const monitor = new SourceMonitor(name, stats, ephemeral, tell);
  return { stats, tell, health, ephemeral, monitor, traces: tracing && new AlertTraces(tracing, id) };
}

interface Handled extends Pick<RunningSession, 'tell' | 'stats' | 'ended'> {
  readonly alerts: AlertLifecycle;
  readonly controls: ReturnType<Spotting['controls']>;
}

/** What the owner of a running session can do with it. */
function handle(source: FrameSource, { alerts, controls, ...seen }: Handled): RunningSession {
  return {
    ...seen,
    close: (reason) => {
      source.close(reason);
    },
    abort: () => {
      alerts.abort();
    },
    get falseAlarms() {
      return controls.falseAlarms;
    },
    set falseAlarms(perMinute) {
      controls.falseAlarms = perMinute;
    },
  };
}
