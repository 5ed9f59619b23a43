import { Subject, lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { oneAtATime } from './one-at-a-time.js';

const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

describe('oneAtATime', () => {
  it('keeps order, drops the oldest that waits and never works on two', async () => {
    const source = new Subject<number>();
    const dropped: number[] = [];
    let running = 0;
    let most = 0;
    const gates: (() => void)[] = [];
    const results = lastValueFrom(source.pipe(
      oneAtATime(async (n: number) => {
        most = Math.max(most, ++running);
        await new Promise<void>((resolve) => gates.push(resolve));
        running--;
        return n;
      }, { capacity: 2, onDrop: (n) => dropped.push(n) }),
      toArray(),
    ));
    for (let n = 0; n < 6; n++) source.next(n);
    source.complete();
    for (let i = 0; i < 10; i++) { gates.shift()?.(); await turn(); }
    expect(await results).toEqual([0, 4, 5]);
    expect(dropped).toEqual([1, 2, 3]);
    expect(most).toBe(1);
  });

  it('passes on errors and holds nothing after unsubscribing', async () => {
    const source = new Subject<number>();
    let error: unknown;
    source.pipe(oneAtATime(() => Promise.reject(new Error('broken')), { capacity: 1, onDrop: () => undefined })).subscribe({ error: (e) => { error = e; } });
    source.next(1);
    await turn();
    expect(error).toBeInstanceOf(Error);
    expect(source.observed).toBe(false);
  });

  it('completes when the source completes while idle', async () => {
    const source = new Subject<number>();
    const done = lastValueFrom(source.pipe(oneAtATime((n: number) => Promise.resolve(n), { capacity: 1, onDrop: () => undefined }), toArray()));
    source.next(1);
    await turn();
    source.complete();
    expect(await done).toEqual([1]);
  });
});
