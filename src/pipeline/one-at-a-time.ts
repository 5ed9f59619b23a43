import { Observable } from 'rxjs';

/** Options of {@link oneAtATime}. */
export interface OneAtATimeOptions<T> {
  /** Items that may wait while one is worked on. */
  readonly capacity: number;
  /** Told of each item dropped because the ring was full: always the oldest that waits. */
  readonly onDrop: (item: T) => void;
}

/**
 * Works on one item at a time, in order, with a bounded ring before it. RxJS's `concatMap` would queue without bound:
 *
 *     source ──► [ oldest … newest ]  ──► work ──► result
 *                  │ full: the oldest falls out (onDrop)
 *
 * A rejected work ends the stream with its error. Unsubscribing drops what waits; the work under way is let finish, unheard.
 */
export function oneAtATime<T, R>(work: (item: T) => Promise<R>, options: OneAtATimeOptions<T>) {
  return (source: Observable<T>): Observable<R> => new Observable<R>((subscriber) => {
    const ring: T[] = [];
    let busy = false;
    let completed = false;
    const next = (): void => {
      if (subscriber.closed) return;
      const item = ring.shift();
      if (item === undefined) {
        busy = false;
        if (completed) subscriber.complete();
        return;
      }
      busy = true;
      work(item).then((result) => { subscriber.next(result); next(); }, (error: unknown) => { subscriber.error(error); });
    };
    subscriber.add(source.subscribe({
      next: (item) => {
        ring.push(item);
        if (ring.length > options.capacity + (busy ? 0 : 1)) {
          const oldest = ring.shift();
          if (oldest !== undefined) options.onDrop(oldest);
        }
        if (!busy) next();
      },
      error: (error: unknown) => { subscriber.error(error); },
      complete: () => {
        completed = true;
        if (!busy) subscriber.complete();
      },
    }));
    subscriber.add(() => { ring.length = 0; });
  });
}
