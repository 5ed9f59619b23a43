import { concat, defer, mergeMap, type Observable } from 'rxjs';
import type { SpotterEvent } from '../spotting/contract.js';
import type { FaceSpotter } from '../spotting/mod.js';
import type { VisionResult } from './vision/vision.js';

/** Runs a spotter for each face, flushed when the face is gone for good or the stream ends. */
export function spotFaces(vision$: Observable<VisionResult>, create: () => FaceSpotter): Observable<SpotterEvent> {
  const spotters = new Map<string, FaceSpotter>();
  const push = ({ samples, ticks }: VisionResult): SpotterEvent[] =>
    samples.flatMap((sample) => {
      let spotter = spotters.get(sample.face);
      if (!spotter) spotters.set(sample.face, (spotter = create()));
      return spotter.push(
        sample,
        ticks.filter(({ face }) => face === sample.face),
      );
    });
  const flush = (face: string): SpotterEvent[] => {
    const events = spotters.get(face)?.flush() ?? [];
    spotters.delete(face);
    return events;
  };
  return concat(
    vision$.pipe(mergeMap((result) => [...push(result), ...result.lost.flatMap(flush)])),
    defer(() => [...spotters.keys()].flatMap(flush)),
  );
}
