import type { EphemeralEvent } from '../../events/mod.js';
import { FileError, healthWarnings } from '../../ingest/mod.js';
import type { RecordedSource } from '../../pipeline/mod.js';
import type { Sessions } from '../sessions/sessions.js';
import type { Recording } from './recording.js';

/** Milliseconds between two `progress` events. */
const PROGRESS_INTERVAL_MS = 500;

export interface RecordingServices {
  readonly sessions: Pick<Sessions, 'start' | 'draining'>;
  /** Opens a file in a process that analyses it. Rejects with FileError where it holds no video. */
  readonly open: (path: string, name: string) => Promise<RecordedSource>;
  readonly publish: (event: EphemeralEvent) => void;
  /** For the log. */
  readonly onFailure: (recording: string, error: unknown) => void;
}

/** Analyses a recording as a session; resolves when that has ended. The result is set on the recording. Never rejects. */
export async function analyzeRecording(recording: Recording, services: RecordingServices): Promise<void> {
  recording.state = 'analyzing';
  let source: RecordedSource;
  try {
    source = await services.open(recording.upload.path, recording.name);
  } catch (error) {
    services.onFailure(recording.id, error);
    if (error instanceof FileError) recording.fail(error.code, error.message);
    else recording.fail('analysis_failed', "the recording could not be opened for analysis; see the server's log for the cause");
    return;
  }
  if (recording.cancelled || services.sessions.draining) {
    source.release();
    if (recording.cancelled) recording.fail('deleted', 'the recording was deleted');
    else recording.fail('shutdown', 'the server is shutting down; upload it again when it is back');
    return;
  }
  const { running } = services.sessions.start(recording.id, recording.session, source, { writer: recording.writer, recording: true });
  recording.running = running;
  if (recording.falseAlarms !== undefined) running.falseAlarms = recording.falseAlarms;
  const began = performance.now();
  const progress = (): void => {
    const t = running.stats.lastT;
    recording.start = source.health === undefined ? null : Math.max(0, source.health.start);
    const duration = source.duration === undefined ? null : Math.max(source.duration, t);
    recording.progress = {
      t,
      duration,
      share: duration === null || duration === 0 ? null : Math.min(1, t / duration),
      speed: Math.round((t / Math.max(0.001, (performance.now() - began) / 1000)) * 10) / 10,
    };
  };
  progress();
  const timer = setInterval(() => {
    progress();
    if (recording.progress && running.stats.analyzed > 0)
      services.publish({ type: 'progress', session: recording.id, ...recording.progress });
  }, PROGRESS_INTERVAL_MS);
  await running.ended;
  clearInterval(timer);
  progress();
  recording.running = undefined;
  const { failed } = running.stats;
  recording.warnings = [
    ...(source.health ? healthWarnings(source.health) : []),
    ...(failed > 0 ? [`${String(failed)} frames could not be analysed; upload it again`] : []),
  ];
  const { reason = 'failed', message } = source.end ?? {};
  if (reason === 'ended') recording.state = 'done';
  else recording.fail(reason, message ?? `the analysis is incomplete (${reason})`);
}
