import { StorageType } from '@nats-io/jetstream';
import { describe, expect, it, vi } from 'vitest';
import type { Nats } from './connection.js';
import { upsertStream } from './upsert-stream.js';

const CONFIG = { name: 'EVENTS', subjects: ['a'], storage: StorageType.File, max_age: 1 };
const refused = (code: number): Error => Object.assign(new Error('refused'), { code });

function managerOf(...answers: (Error | undefined)[]) {
  const add = vi.fn(() => {
    const answer = answers.shift();
    return answer ? Promise.reject(answer) : Promise.resolve();
  });
  const update = vi.fn(() => Promise.resolve());
  return { add, update, nats: { jsm: { streams: { add, update } } } as unknown as Pick<Nats, 'jsm'> };
}

describe('upsertStream', () => {
  it('tries again where another process is just creating the stream', async () => {
    const { add, update, nats } = managerOf(refused(10065), refused(10065));
    await upsertStream(nats, CONFIG);
    expect(add).toHaveBeenCalledTimes(3);
    expect(update).not.toHaveBeenCalled();
  });

  it('updates one that has other settings by then', async () => {
    const { update, nats } = managerOf(refused(10065), refused(10058));
    await upsertStream(nats, CONFIG);
    expect(update).toHaveBeenCalledWith('EVENTS', { subjects: ['a'], max_age: 1 });
  });

  it('reports subjects that belong to another stream', async () => {
    const { add, nats } = managerOf(...Array.from({ length: 9 }, () => refused(10065)));
    await expect(upsertStream(nats, CONFIG)).rejects.toThrow('refused');
    expect(add).toHaveBeenCalledTimes(4);
  });
});
