import { expect, it } from 'vitest';
import { OnDemandWorker } from './on-demand-worker.js';
import type { WorkerClient } from './worker-client.js';

type Handlers = Record<string, never>;

function fakes(failing: readonly number[] = []) {
  const said: string[] = [];
  let opened = 0;
  const open = (): Promise<WorkerClient<Handlers>> => {
    const n = ++opened;
    if (failing.includes(n)) return Promise.reject(new Error(`no ${String(n)}`));
    const client = { name: `w-${String(n)}`, close: () => Promise.resolve(said.push(`close ${String(n)}`)).then(() => undefined) };
    return Promise.resolve(client as unknown as WorkerClient<Handlers>);
  };
  return { worker: new OnDemandWorker<Handlers>('w', open), said };
}

it('opens one worker for all, and another once that was dropped', async () => {
  const { worker } = fakes();
  const first = worker.get();
  expect(worker.get()).toBe(first);
  expect([worker.drop(first), worker.drop(first)]).toEqual([true, false]);
  expect((await worker.get()).name).toBe('w-2');
  expect(worker.drop(first)).toBe(false);
  expect((await worker.get()).name).toBe('w-2');
});

it('tries again after a failed start', async () => {
  const { worker } = fakes([1]);
  await expect(worker.get()).rejects.toThrow('no 1');
  expect((await worker.get()).name).toBe('w-2');
});

it('has a last word before it is closed, and opens no other', async () => {
  const { worker, said } = fakes();
  await worker.get();
  await worker.close((client) => Promise.resolve(said.push(`last of ${client.name}`)));
  expect(said).toEqual(['last of w-1', 'close 1']);
  expect(worker.closed).toBe(true);
  await expect(worker.get()).rejects.toMatchObject({ code: 'worker_closed' });
});
