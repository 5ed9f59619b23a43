import { afterEach, describe, expect, it } from 'vitest';
import { abandoned, SupervisedWorker, WorkerClient, type WorkerError } from '../../src/runtime/threads/mod.js';

type OddHandlers = { echo(value: string): string; never(): Promise<void>; crash(): void; hang(): void };

const url = new URL('./odd-worker.js', import.meta.url);
const lost: WorkerError[] = [];
let kept: SupervisedWorker<OddHandlers> | undefined;

const start = async (hangTimeout = 5000): Promise<SupervisedWorker<OddHandlers>> => {
  lost.length = 0;
  return (kept = await SupervisedWorker.start<OddHandlers>(url, {
    name: 'odd',
    hangTimeout,
    delay: 10,
    onLost: (error) => lost.push(error),
  }));
};
afterEach(async () => {
  await kept?.close();
});

describe('SupervisedWorker', () => {
  it('replaces a thread that died; what it was at rejects, what is asked next waits for the new one', async () => {
    const worker = await start();
    const pending = expect(worker.call('never', [])).rejects.toMatchObject({ code: 'worker_died', retryAfter: 1000 });
    await worker.call('crash', []);
    await pending;
    expect(await worker.call('echo', ['here'])).toBe('here');
    expect(worker.generation).toBe(2);
    expect(lost).toMatchObject([{ code: 'worker_died', message: expect.stringContaining('crashed by a test') }]);
  });

  it('abandons a thread that hangs, and replaces it', async () => {
    const before = abandoned.count;
    const worker = await start(2000);
    await expect(worker.call('hang', [])).rejects.toMatchObject({ code: 'worker_hung' });
    expect(await worker.call('echo', ['here'])).toBe('here');
    expect(abandoned.count).toBe(before + 1);
    expect(lost).toMatchObject([{ code: 'worker_hung' }]);
  });

  it('starts no other once it is closed', async () => {
    const worker = await start();
    await worker.call('crash', []);
    await worker.close();
    await worker.close();
    await expect(worker.call('echo', ['?'])).rejects.toMatchObject({ code: expect.stringMatching(/worker_(closed|died)/) });
  });
});

describe('WorkerClient.close', () => {
  it('ends an idle thread, and lets go of one that does not hear', async () => {
    const idle = await WorkerClient.start<OddHandlers>(url, { name: 'idle' });
    const pending = expect(idle.call('never', [])).rejects.toMatchObject({ code: 'worker_closed' });
    await idle.close();
    await pending;
    const before = abandoned.count;
    const deaf = await WorkerClient.start<OddHandlers>(url, { name: 'deaf' });
    const hanging = expect(deaf.call('hang', [])).rejects.toMatchObject({ code: 'worker_closed' });
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
    await deaf.close();
    await hanging;
    expect(abandoned.count).toBe(before + 1);
  });
});

describe('a worker in a process', () => {
  const started: WorkerClient<OddHandlers>[] = [];
  const startProcess = async (onExit?: (error: WorkerError | undefined) => void): Promise<WorkerClient<OddHandlers>> => {
    const client = await WorkerClient.start<OddHandlers>(url, { name: 'odd-process', carrier: 'process', ...(onExit ? { onExit } : {}) });
    started.push(client);
    return client;
  };
  afterEach(async () => {
    await Promise.all(started.splice(0).map((client) => client.close()));
  });

  it('answers as a thread does, and leaves when it is asked to', async () => {
    const client = await startProcess();
    expect(client.pid).toBeGreaterThan(0);
    expect(await client.call('echo', ['here'])).toBe('here');
    await client.close();
    expect(() => process.kill(client.pid ?? 0, 0)).toThrow();
  });

  it("that a signal ends rejects what was asked of it with the signal's name", async () => {
    const exits: (WorkerError | undefined)[] = [];
    const client = await startProcess((error) => exits.push(error));
    const pending = expect(client.call('never', [])).rejects.toMatchObject({
      code: 'worker_died',
      message: expect.stringContaining('SIGSEGV'),
    });
    process.kill(client.pid ?? 0, 'SIGSEGV');
    await pending;
    expect(exits).toHaveLength(1);
  });

  it('that hangs is killed, and is not counted as abandoned', async () => {
    const before = abandoned.count;
    const client = await startProcess();
    client.watch(1000);
    await expect(client.call('hang', [])).rejects.toMatchObject({ code: 'worker_hung' });
    await expect
      .poll(() => {
        try {
          return process.kill(client.pid ?? 0, 0);
        } catch {
          return false;
        }
      })
      .toBe(false);
    expect(abandoned.count).toBe(before);
  });
});
