import { Observable } from 'rxjs';

export interface InOrderOptions<T> {
  /** Items that may be in work at a time. Two keep a worker thread busy while the first's result travels back. */
  readonly ahead: number;
  /** Items that may wait beyond these. */
  readonly capacity: number;
  /** Told of each item dropped because the ring was full: always the oldest that waits. */
  readonly onDrop: (item: T) => void;
}

/**
 * Works on a few items at a time and gives the results in the items' order, with a bounded ring before it. RxJS's `concatMap`
 * would queue without bound:
 *
 *     source ──► [ oldest … newest ]  ──► work (`ahead`) ──► results, in order
 *                  │ full: the oldest falls out (onDrop)
 *
 * A rejected work ends the stream with its error. Unsubscribing drops what waits; the work under way is let finish, unheard.
 */
export function inOrder<T, R>(work: (item: T) => Promise<R>, options: InOrderOptions<T>) {
  return (source: Observable<T>): Observable<R> =>
    new Observable<R>((subscriber) => {
      const ring: T[] = [];
      const results: { value?: R; done: boolean }[] = [];
      let completed = false;
      const settle = (): void => {
        while (results[0]?.done) subscriber.next(results.shift()?.value as R);
        if (completed && results.length === 0 && ring.length === 0) subscriber.complete();
      };
      const fill = (): void => {
        while (results.length < options.ahead && !subscriber.closed) {
          const item = ring.shift();
          if (item === undefined) return;
          const result: { value?: R; done: boolean } = { done: false };
          results.push(result);
          work(item).then(
            (value) => {
              result.value = value;
              result.done = true;
              settle();
              fill();
            },
            (error: unknown) => {
              subscriber.error(error);
            },
          );
        }
      };
      subscriber.add(
        source.subscribe({
          next: (item) => {
            ring.push(item);
            fill();
            if (ring.length > options.capacity) {
              const oldest = ring.shift();
              if (oldest !== undefined) options.onDrop(oldest);
            }
          },
          error: (error: unknown) => {
            subscriber.error(error);
          },
          complete: () => {
            completed = true;
            settle();
          },
        }),
      );
      subscriber.add(() => {
        ring.length = 0;
      });
    });
}
