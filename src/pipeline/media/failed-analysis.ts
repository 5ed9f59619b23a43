import type { AnalysisEvent } from './media-protocol.js';

/** The event of a frame on which the analysis threw. */
export function failedAnalysis(decodeMs: number, error: unknown): AnalysisEvent {
  const { code } = error as { code?: unknown };
  return {
    type: 'unanalyzed',
    frame: {
      reason: 'failed',
      decodeMs,
      code: typeof code === 'string' ? code : 'vision_failed',
      message: error instanceof Error ? error.message : String(error),
    },
  };
}
