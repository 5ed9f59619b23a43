import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BackOff } from '../back-off.js';
import { ProblemError } from '../problem.js';
import { Publisher, type PublisherState, type WhipSession } from './publisher.js';
import type { WhipClientOptions } from './whip-client.js';

interface Attempt {
  options: WhipClientOptions;
  closed: number;
  restarts: number;
  answer: (session: string) => void;
  refuse: (error: Error) => void;
}

describe('Publisher', () => {
  let states: PublisherState[];
  let attempts: Attempt[];
  let restartWorks: boolean;
  const stream = {} as MediaStream;
  const make = (): Publisher =>
    new Publisher({
      onState: (state) => states.push(state),
      backOff: new BackOff({ first: 100, random: () => 1 }),
      connect: (options) => {
        const attempt: Attempt = { options, closed: 0, restarts: 0, answer: () => undefined, refuse: () => undefined };
        attempts.push(attempt);
        const session: WhipSession = {
          publish: () =>
            new Promise((resolve, reject) => {
              attempt.answer = resolve;
              attempt.refuse = reject;
            }),
          restartIce: () => {
            attempt.restarts += 1;
            return Promise.resolve(restartWorks);
          },
          close: () => {
            attempt.closed += 1;
          },
        };
        return session;
      },
    });
  const flush = (): Promise<void> => vi.advanceTimersByTimeAsync(0).then(() => undefined);
  beforeEach(() => {
    vi.useFakeTimers();
    states = [];
    attempts = [];
    restartWorks = true;
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('goes live once the media path is open', async () => {
    make().start(stream, { endpoint: '/whip' });
    attempts[0]?.answer('s1');
    await flush();
    attempts[0]?.options.onConnection?.('connected');
    expect(states).toEqual([
      { phase: 'connecting', attempt: 0 },
      { phase: 'live', session: 's1' },
    ]);
  });

  it('waits as long as a full server asks, then tries again', async () => {
    make().start(stream, { endpoint: '/whip' });
    attempts[0]?.refuse(new ProblemError('Full.', { code: 'full', status: 503, retryAfter: 5000 }));
    await flush();
    expect(states.at(-1)).toMatchObject({ phase: 'waiting', reason: 'Full.', retryIn: 5000 });
    await vi.advanceTimersByTimeAsync(5000);
    expect(attempts).toHaveLength(2);
  });

  it('does not ask again what is refused for good', async () => {
    make().start(stream, { endpoint: '/whip' });
    attempts[0]?.refuse(new ProblemError('Token needed.', { code: 'unauthorized', status: 401 }));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(states.at(-1)).toEqual({ phase: 'refused', reason: 'Token needed.' });
    expect(attempts).toHaveLength(1);
  });

  it('restarts ICE first, and starts a new session where that fails', async () => {
    make().start(stream, { endpoint: '/whip' });
    attempts[0]?.answer('s1');
    await flush();
    attempts[0]?.options.onConnection?.('connected');
    attempts[0]?.options.onConnection?.('failed');
    await flush();
    expect(attempts[0]?.restarts).toBe(1);
    attempts[0]?.options.onConnection?.('connected');
    expect(states.at(-1)).toEqual({ phase: 'live', session: 's1' });
    restartWorks = false;
    attempts[0]?.options.onConnection?.('failed');
    await flush();
    expect(attempts[0]?.closed).toBe(1);
    await vi.advanceTimersByTimeAsync(100);
    expect(attempts).toHaveLength(2);
  });

  it('says so where no media path opens', async () => {
    make().start(stream, { endpoint: '/whip' });
    attempts[0]?.answer('s1');
    await vi.advanceTimersByTimeAsync(8000);
    expect(states.at(-1)).toMatchObject({ phase: 'waiting', reason: expect.stringContaining('UDP') as string });
  });

  it('stops for good', async () => {
    const publisher = make();
    publisher.start(stream, { endpoint: '/whip' });
    attempts[0]?.refuse(new ProblemError('Gone.', { code: 'unreachable', status: 0 }));
    await flush();
    publisher.stop();
    publisher.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(attempts).toHaveLength(1);
    expect(states.filter((state) => state.phase === 'ended')).toHaveLength(1);
  });
});
