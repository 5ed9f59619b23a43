import type { EventDraft } from '../events/schema.js';
import type { EndReason, FrameSource } from '../ingest/contract.js';
import type { Spotting } from '../spotting/mod.js';
import type { Metrics, Tracing } from '../telemetry/mod.js';
import type { AlertStages } from './alert/alert-stages.js';
import type { SeriesSink } from './series/series-row.js';
import type { SessionStats } from './session-stats.js';
import type { VisionPool } from './vision/vision-pool.js';

/** The stages and sinks that sessions share. */
export interface SessionServices extends Omit<AlertStages, 'crops'> {
  readonly vision: Pick<VisionPool, 'seat'>;
  readonly metrics: Metrics;
  /** Where traces of alerts go. Default: none are recorded. */
  readonly tracing?: Tracing | undefined;
  readonly publish: (draft: EventDraft) => void;
  /**
   * Milliseconds after a window of live video closed within which flow and text must be complete; a recording has no limit. Default 20 000.
   */
  readonly alertTimeoutMs?: number;
  /** Whether another alert may open now. Default: always. */
  readonly admitsAlert?: () => boolean;
  /** Resolves when there is room for more events of a recording, which waits. Default: at once. */
  readonly room?: () => Promise<void>;
  /** Takes the per-frame series. Default: none is made. */
  readonly series?: SeriesSink | undefined;
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
  /** Aborts the flow and text that annotations still wait for; they close as incomplete. */
  abort(): void;
  /** Publishes a durable `error` event to the session's viewers. */
  tell(code: string, message: string): void;
  /** Resolves after `session.ended` was published and everything is freed. */
  readonly ended: Promise<void>;
  readonly stats: SessionStats;
  /** False alarms a minute that the spotter may raise from now on; see {@link SpotterControls}. */
  falseAlarms: number;
}
