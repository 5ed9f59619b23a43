import { concat, defer, mergeMap, type Observable } from 'rxjs';
import type { SpotterEvent } from '../spotting/contract.js';
import type { FaceSpotter } from '../spotting/mod.js';
import type { VisionResult } from './vision/vision.js';

/** Runs a spotter for each face, flushed when the face is gone for good or the stream ends. */
export function spotFaces(vision$: Observable<VisionResult>, create: () => FaceSpotter): Observable<SpotterEvent> {
  const spotters = new Map<string, FaceSpotter>();
  const flush = (face: string): SpotterEvent[] => {
    const events = spotters.get(face)?.flush() ?? [];
    spotters.delete(face);
    return events;
  };
  const spot = ({ samples, ticks, lost }: VisionResult): SpotterEvent[] => {
    const events: SpotterEvent[] = [];
    for (const sample of samples) {
      let spotter = spotters.get(sample.face);
      if (!spotter) spotters.set(sample.face, (spotter = create()));
      const own = ticks.filter(({ face }) => face === sample.face);
      events.push(...spotter.push(sample, own));
    }
    for (const face of lost) events.push(...flush(face));
    return events;
  };
  return concat(
    vision$.pipe(mergeMap(spot)),
    defer(() => [...spotters.keys()].flatMap(flush)),
  );
}
