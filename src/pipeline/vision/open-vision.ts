import type { FrameSource } from '../../ingest/contract.js';
import type { AlertTraces } from '../alert/alert-traces.js';
import { isAnalyzed } from '../media/analyzed-source.js';
import type { SessionOptions, SessionServices } from '../session-services.js';
import type { SessionStats } from '../session-stats.js';
import type { StageHealth } from '../stage-health.js';
import { processStage, threadStage, type VisionReport, type VisionStage } from './vision-stage.js';

interface OpenVisionContext {
  readonly stats: SessionStats;
  readonly health: StageHealth;
  readonly traces: AlertTraces | undefined;
  /** Resolves when the session's alerts allow another frame of a source that waits. */
  readonly room: () => Promise<void>;
}

/** A session's vision stage: in the process that decodes where the source analyses its frames, else on a vision thread. */
export function openVision(
  source: FrameSource,
  { id, queue = 4 }: SessionOptions,
  { metrics, vision, onAnalyzed, room }: SessionServices,
  { stats, health, traces, room: alertsRoom }: OpenVisionContext,
): VisionStage {
  const report: VisionReport = {
    analyzed: (result, decodeMs) => {
      health.worked('vision');
      onAnalyzed?.(Date.now() - result.receivedAt, source.kind);
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
      health.failed('vision', error);
    },
    room: async () => {
      await alertsRoom();
      await room?.();
    },
  };
  return isAnalyzed(source) ? processStage(source, report) : threadStage(source, vision.seat(id), queue, report);
}
