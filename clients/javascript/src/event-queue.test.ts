import { expect, it } from 'vitest';
import type { Event } from '../../../src/events/schema.js';
import { EventQueue } from './event-queue.js';
import type { EventStream } from './event-stream.js';

const error = (seq: number): Event => ({ type: 'error', session: 's', t: seq, seq, code: 'a', message: '' });
const progress = { type: 'progress', session: 's', t: 1, duration: 1, share: 1, speed: 1 } as const;

it('loses no durable event of a session that is faster than its reader, and bounds what waits', async () => {
  let last = 0;
  let opened = 0;
  let most = 0;
  let waiting = 0;
  const queue = new EventQueue((since, onEvent, onState) => {
    opened++;
    let open = true;
    last = since;
    queueMicrotask(() => {
      while (open && last < 5000) {
        most = Math.max(most, ++waiting);
        onEvent(error(++last));
        onEvent(progress);
      }
      if (last === 5000) onState({ phase: 'closed', reason: 'ended' });
    });
    return { close: () => (open = false) } as unknown as EventStream;
  }, 0);
  const read: number[] = [];
  for await (const event of queue) {
    if (!('seq' in event)) continue;
    waiting--;
    read.push(event.seq);
  }
  expect(read).toEqual(Array.from({ length: 5000 }, (_, i) => i + 1));
  expect(opened).toBeGreaterThan(4);
  expect(most).toBeLessThan(1002);
  expect(queue.dropped).toBeGreaterThan(0);
});
