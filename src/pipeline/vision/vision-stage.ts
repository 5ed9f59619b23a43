import { filter, map, mergeMap, tap, type Observable } from 'rxjs';
import type { Frame, FrameSource } from '../../ingest/contract.js';
import { WorkerError } from '../../runtime/threads/mod.js';
import { inOrder } from '../in-order.js';
import type { AnalyzingSource } from '../media/analyzed-source.js';
import type { SourceMessage } from '../media/media-protocol.js';
import type { CropPair, VisionResult } from './vision.js';
import type { VisionSeat } from './vision-seat.js';

/** Tracks and measures a session's frames, wherever that is done. */
export interface VisionStage {
  /** Frames that wait now. */
  readonly waiting: number;
  /** What was made of the frames, in their order. */
  results(messages$: Observable<SourceMessage>): Observable<VisionResult>;
  crops(face: string, onset: number, apex: number, asOf: number): Promise<CropPair | undefined>;
  close(): void;
}

/** Hears how the frames fared. */
export interface VisionReport {
  analyzed(result: VisionResult, decodeMs: number): void;
  dropped(reason: 'busy' | 'failed'): void;
  /** Frames that should have been analysed could not be. */
  failed(error: unknown): void;
  /** Resolves when what was found before is far enough for another frame of a source that waits. */
  room(): Promise<void>;
}

/** Frames come here and go on to a vision thread; at most `queue` wait, apart from those of a source that waits itself. */
export function threadStage(
  source: FrameSource,
  seat: Pick<VisionSeat, 'analyze' | 'crops' | 'close'>,
  queue: number,
  report: VisionReport,
): VisionStage {
  const faces = new Set<string>();
  let waiting = 0;
  const analyze = async (frame: Frame): Promise<VisionResult> => {
    // Its buffer is transferred; what is needed of it afterwards is copied first.
    const { index, t, width, height, receivedAt, decodeMs } = frame;
    try {
      const result = await seat.analyze(frame);
      for (const face of result.faces) faces.add(face.id);
      for (const face of result.lost) faces.delete(face);
      report.analyzed(result, decodeMs);
      return result;
    } catch (error) {
      report.dropped('failed');
      report.failed(error);
      // With the thread its faces are gone; the next one will find them anew, under other names.
      const lost = threadIsGone(error) ? [...faces] : [];
      for (const face of lost) faces.delete(face);
      return { index, t, width, height, receivedAt, faces: [], samples: [], ticks: [], lost, ms: { track: 0, align: 0, spot: 0 } };
    } finally {
      waiting--;
      if (source.lossless)
        void report.room().then(() => {
          source.ack();
        });
      else source.ack();
    }
  };
  const capacity = source.lossless ? Infinity : queue;
  return {
    get waiting() {
      return waiting;
    },
    results: (messages$) =>
      messages$.pipe(
        filter((message) => message.type === 'frame'),
        map(({ frame }) => frame),
        tap(() => {
          waiting++;
        }),
        inOrder(analyze, {
          ahead: 2,
          capacity,
          onDrop: () => {
            waiting--;
            report.dropped('busy');
          },
        }),
      ),
    crops: (face, onset, apex, asOf) => seat.crops(face, onset, apex, asOf),
    close: () => {
      seat.close();
    },
  };
}

/** Frames are analysed in the process that decodes them; only what came of it arrives here. */
export function processStage(source: AnalyzingSource, report: VisionReport): VisionStage {
  let waiting = 0;
  return {
    get waiting() {
      return waiting;
    },
    results: (messages$) =>
      messages$.pipe(
        mergeMap((message): VisionResult[] => {
          if (message.type !== 'analyzed' && message.type !== 'unanalyzed') return [];
          if (message.type === 'unanalyzed') {
            report.dropped(message.frame.reason);
            if (message.frame.reason === 'failed') report.failed(new WorkerError(message.frame.code, message.frame.message));
          } else {
            waiting = message.frame.waiting;
            report.analyzed(message.frame.result, message.frame.decodeMs);
          }
          // A live source drops what is too much before its analysis, and waits for nobody.
          if (source.lossless)
            void report.room().then(() => {
              source.ack();
            });
          return message.type === 'analyzed' ? [message.frame.result] : [];
        }),
      ),
    crops: (face, onset, apex, asOf) => source.crops(face, onset, apex, asOf),
    close: () => {
      source.release();
    },
  };
}

function threadIsGone(error: unknown): boolean {
  return error instanceof WorkerError && ['worker_died', 'worker_hung', 'worker_timeout', 'worker_closed'].includes(error.code);
}
