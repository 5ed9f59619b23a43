import { expect, it } from 'vitest';
import type { Frame } from '../../ingest/contract.js';
import { AnalysisQueue, type QueuedSession } from './analysis-queue.js';

const frame = (index: number): Frame => ({ index, t: index, width: 2, height: 2, data: new Uint8Array(6), receivedAt: 0, decodeMs: 0 });
const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });
const session = (name: string, log: string[]): QueuedSession => ({
  analyze: ({ index }, waiting) => {
    log.push(`${name}${String(index)}/${String(waiting)}`);
  },
  dropped: ({ index }) => {
    log.push(`-${name}${String(index)}`);
  },
});

it('analyses one frame a turn of the event loop, the sessions in turns and each in order', async () => {
  const log: string[] = [];
  const [a, b] = [session('a', log), session('b', log)];
  const queue = new AnalysisQueue(4);
  for (const i of [0, 1, 2]) queue.push(a, frame(i));
  queue.push(b, frame(0));
  expect(log).toEqual([]);
  await turn();
  expect(log).toEqual(['a0/2']);
  for (let i = 0; i < 4; i++) await turn();
  expect(log).toEqual(['a0/2', 'b0/0', 'a1/1', 'a2/0']);
});

it('drops the oldest that waits of the session that is full, and of no other', async () => {
  const log: string[] = [];
  const [a, b] = [session('a', log), session('b', log)];
  const queue = new AnalysisQueue(2);
  queue.push(b, frame(0));
  for (const i of [0, 1, 2, 3]) queue.push(a, frame(i));
  expect(log).toEqual(['-a0', '-a1']);
  for (let i = 0; i < 4; i++) await turn();
  expect(log.slice(2)).toEqual(['b0/0', 'a2/1', 'a3/0']);
});

it('says when nothing of a session waits any more: after its last frame, or at once', async () => {
  const log: string[] = [];
  const a = session('a', log);
  const queue = new AnalysisQueue(4);
  queue.whenDrained(a, () => log.push('idle'));
  queue.push(a, frame(0));
  queue.push(a, frame(1));
  queue.whenDrained(a, () => log.push('drained'));
  for (let i = 0; i < 3; i++) await turn();
  expect(log).toEqual(['idle', 'a0/1', 'a1/0', 'drained']);
});
