import { Subject, lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { inOrder } from './in-order.js';

const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

describe('inOrder', () => {
  it('keeps order, drops the oldest that waits and never works on two', async () => {
    const source = new Subject<number>();
    const dropped: number[] = [];
    let running = 0;
    let most = 0;
    const gates: (() => void)[] = [];
    const results = lastValueFrom(
      source.pipe(
        inOrder(
          async (n: number) => {
            most = Math.max(most, ++running);
            await new Promise<void>((resolve) => gates.push(resolve));
            running--;
            return n;
          },
          { ahead: 1, capacity: 2, onDrop: (n) => dropped.push(n) },
        ),
        toArray(),
      ),
    );
    for (let n = 0; n < 6; n++) source.next(n);
    source.complete();
    for (let i = 0; i < 10; i++) {
      gates.shift()?.();
      await turn();
    }
    expect(await results).toEqual([0, 4, 5]);
    expect(dropped).toEqual([1, 2, 3]);
    expect(most).toBe(1);
  });

  it('gives results in order when a later one is ready first', async () => {
    const source = new Subject<number>();
    const gates = new Map<number, () => void>();
    const results = lastValueFrom(
      source.pipe(
        inOrder(
          (n: number) =>
            new Promise<number>((resolve) =>
              gates.set(n, () => {
                resolve(n);
              }),
            ),
          { ahead: 2, capacity: 8, onDrop: () => undefined },
        ),
        toArray(),
      ),
    );
    for (let n = 0; n < 4; n++) source.next(n);
    source.complete();
    expect([...gates.keys()]).toEqual([0, 1]);
    gates.get(1)?.();
    await turn();
    gates.get(0)?.();
    await turn();
    gates.get(3)?.();
    gates.get(2)?.();
    expect(await results).toEqual([0, 1, 2, 3]);
  });

  it('passes on errors and holds nothing after unsubscribing', async () => {
    const source = new Subject<number>();
    let error: unknown;
    source.pipe(inOrder(() => Promise.reject(new Error('broken')), { ahead: 1, capacity: 1, onDrop: () => undefined })).subscribe({
      error: (e) => {
        error = e;
      },
    });
    source.next(1);
    await turn();
    expect(error).toBeInstanceOf(Error);
    expect(source.observed).toBe(false);
  });

  it('completes when the source completes while idle', async () => {
    const source = new Subject<number>();
    const done = lastValueFrom(
      source.pipe(
        inOrder((n: number) => Promise.resolve(n), { ahead: 1, capacity: 1, onDrop: () => undefined }),
        toArray(),
      ),
    );
    source.next(1);
    await turn();
    source.complete();
    expect(await done).toEqual([1]);
  });
});
