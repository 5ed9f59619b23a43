import { Observable } from 'rxjs';
import type { FrameSource } from '../ingest/contract.js';
import type { SourceMessage } from './media/media-protocol.js';
import type { SourceMonitor } from './source-monitor.js';

/**
 * A source's events, each after `monitor` has seen it; `end` is the last before completion. Starts the source on subscription and closes
 * it when unsubscribed. Subscribe once.
 */
export function sourceStream(source: FrameSource, monitor: SourceMonitor): Observable<SourceMessage> {
  return new Observable((subscriber) => {
    source.start((message: SourceMessage) => {
      // Closing the source makes it end once more; the first reason counts.
      if (subscriber.closed) return;
      try {
        monitor.see(message);
      } catch (error) {
        subscriber.error(error);
        return;
      }
      subscriber.next(message);
      if (message.type === 'end') subscriber.complete();
    });
    return () => {
      source.close('shutdown');
    };
  });
}
