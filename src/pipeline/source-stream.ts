import { Observable } from 'rxjs';
import { isAnalyzed } from './media/analyzed-source.js';
import type { AnalyzedFrame, UnanalyzedFrame } from './media/media-protocol.js';
import type { EndReason, Frame, FrameSource, SourceCounters, VideoFormat } from '../ingest/contract.js';

/** What a source says, as values of one stream. `end` is the last before completion. */
export type SourceMessage =
  | { readonly type: 'format'; readonly format: VideoFormat }
  | { readonly type: 'frame'; readonly frame: Frame }
  | { readonly type: 'analyzed'; readonly frame: AnalyzedFrame }
  | { readonly type: 'unanalyzed'; readonly frame: UnanalyzedFrame }
  | { readonly type: 'counters'; readonly counters: Readonly<SourceCounters> }
  | { readonly type: 'fault'; readonly code: string; readonly message: string }
  | { readonly type: 'end'; readonly reason: EndReason; readonly message: string | undefined };

/** Starts the source on subscription and closes it when unsubscribed. Subscribe once. */
export function sourceStream(source: FrameSource): Observable<SourceMessage> {
  return new Observable((subscriber) => {
    if (isAnalyzed(source)) {
      source.listen({
        analyzed: (frame) => {
          subscriber.next({ type: 'analyzed', frame });
        },
        unanalyzed: (frame) => {
          subscriber.next({ type: 'unanalyzed', frame });
        },
      });
    }
    source.start({
      format: (format) => {
        subscriber.next({ type: 'format', format });
      },
      frame: (frame) => {
        subscriber.next({ type: 'frame', frame });
      },
      counters: (counters) => {
        subscriber.next({ type: 'counters', counters });
      },
      gap: () => undefined,
      fault: (code, message) => {
        subscriber.next({ type: 'fault', code, message });
      },
      end: (reason, message) => {
        subscriber.next({ type: 'end', reason, message });
        subscriber.complete();
      },
    });
    return () => {
      source.close('shutdown');
    };
  });
}
