import { describe, expect, it, vi } from 'vitest';
import { settledWithin, undefinedIfAborted, unlessAborted, within } from './time-limit.js';

const never = new Promise<never>(() => undefined);
const late = (): Error => new Error('late');

describe('within', () => {
  it('passes on a value or an error that comes in time, and leaves no timer', async () => {
    vi.useFakeTimers();
    try {
      expect(await within(Promise.resolve(1), 50, late)).toBe(1);
      await expect(within(Promise.reject(new Error('no')), 50, late)).rejects.toThrow('no');
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('rejects when the time is over', async () => {
    await expect(within(never, 5, late)).rejects.toThrow('late');
  });
});

describe('settledWithin', () => {
  it('says whether the promise settled, either way', async () => {
    expect(await settledWithin(Promise.resolve(), 10_000)).toBe(true);
    expect(await settledWithin(Promise.reject(new Error('no')), 10_000)).toBe(true);
    expect(await settledWithin(never, 5)).toBe(false);
  });
});

describe('unlessAborted', () => {
  it('rejects with the reason of the signal, at once where it is aborted already, and stops listening', async () => {
    const controller = new AbortController();
    const removed = vi.spyOn(controller.signal, 'removeEventListener');
    expect(await unlessAborted(Promise.resolve(1), controller.signal)).toBe(1);
    expect(removed).toHaveBeenCalledOnce();
    const waiting = unlessAborted(never, controller.signal);
    controller.abort(new Error('stop'));
    await expect(waiting).rejects.toThrow('stop');
    await expect(unlessAborted(Promise.resolve(1), controller.signal)).rejects.toThrow('stop');
    await expect(unlessAborted(Promise.reject(new Error('unheard')), AbortSignal.abort('text'))).rejects.toThrow('aborted');
  });
});

describe('undefinedIfAborted', () => {
  it('gives undefined once aborted, and passes on errors before', async () => {
    const controller = new AbortController();
    await expect(undefinedIfAborted(Promise.reject(new Error('no')), controller.signal)).rejects.toThrow('no');
    const waiting = undefinedIfAborted<number>(never, controller.signal);
    controller.abort();
    expect(await waiting).toBeUndefined();
    expect(await undefinedIfAborted(Promise.reject<number>(new Error('late')), controller.signal)).toBeUndefined();
  });
});
