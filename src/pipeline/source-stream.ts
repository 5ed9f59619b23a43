import { Observable } from 'rxjs';
import type { FrameSource } from '../ingest/contract.js';
import type { SourceMessage } from './media/media-protocol.js';

/** A source's events; `end` is the last before completion. Starts the source on subscription and closes it when unsubscribed. Subscribe once. */
export function sourceStream(source: FrameSource): Observable<SourceMessage> {
  return new Observable((subscriber) => {
    source.start((message: SourceMessage) => {
      subscriber.next(message);
      if (message.type === 'end') subscriber.complete();
    });
    return () => {
      source.close('shutdown');
    };
  });
}
