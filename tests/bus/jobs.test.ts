import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  encodeFrame,
  ensureStreams,
  JobClient,
  JobWorker,
  MOST_UNACKED,
  Nats,
  queueState,
  type Claim,
  type JobWorkerOptions,
} from '../../src/cluster/nats/mod.js';
import { NatsServer, noNatsServer } from '../support/nats-server.js';

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe.skipIf(noNatsServer !== undefined)('jobs, against a real nats-server', () => {
  let server: NatsServer;
  const open: { close(): unknown }[] = [];
  let count = 100;

  beforeAll(async () => {
    server = await NatsServer.start();
  });
  afterAll(async () => {
    await server.close();
  });
  afterEach(async () => {
    for (const part of open.splice(0).reverse()) await part.close();
  });

  async function connect(node: string): Promise<Nats> {
    const nats = await Nats.connect({ url: server.url, node, prefix: `t${String(count)}` });
    await ensureStreams(nats);
    nats.onReconnect(() => void ensureStreams(nats).catch(() => undefined));
    open.push(nats);
    return nats;
  }
  async function client(): Promise<{ nats: Nats; client: JobClient }> {
    const nats = await connect('asks');
    const client = new JobClient(nats);
    open.push(client);
    return { nats, client };
  }
  async function worker(node: string, options: Omit<JobWorkerOptions, 'nats' | 'queue'>): Promise<JobWorker> {
    const worker = new JobWorker({ nats: await connect(node), queue: 'flow', ...options });
    open.push(worker);
    return worker;
  }
  const job = (jobs: JobClient, id: string, ms = 15_000): Promise<unknown> =>
    jobs
      .call({ queue: 'flow', id, head: { n: id }, parts: [new Uint8Array([1, 2])], signal: AbortSignal.timeout(ms) })
      .then(({ head, parts }) => `${String(head['says'])}:${parts.map((part) => part.join()).join()}`);
  const answer = (claim: Claim, who: string): void => {
    claim.done({ says: `${who} did ${String(claim.frame.head['n'])}` }, claim.frame.parts);
  };

  it('does what is asked together, and answers everyone', async () => {
    count++;
    const { client: jobs } = await client();
    const asked = Array.from({ length: 12 }, (_, i) => job(jobs, `j${String(i)}`));
    await wait(100);
    const batches: number[] = [];
    await worker('w', {
      batch: 8,
      serve: (claims) => {
        batches.push(claims.length);
        for (const claim of claims) answer(claim, 'w');
        return Promise.resolve();
      },
    });
    expect(await Promise.all(asked)).toEqual(Array.from({ length: 12 }, (_, i) => `w did j${String(i)}:1,2`));
    expect(batches).toEqual([8, 4]);
  });

  it('does a job once that was sent twice', async () => {
    count++;
    const { client: jobs } = await client();
    const done: string[] = [];
    const both = [job(jobs, 'same'), job(jobs, 'same', 1500).catch(() => 'failed')];
    await wait(100);
    await worker('w', {
      serve: (claims) => {
        for (const claim of claims) {
          done.push(String(claim.frame.head['n']));
          answer(claim, 'w');
        }
        return Promise.resolve();
      },
    });
    expect(await Promise.all(both)).toContain('w did same:1,2');
    expect(done).toEqual(['same']);
  });

  it('gives the jobs of a worker that vanished to another one, and tells that the words begin again', async () => {
    count++;
    const { client: jobs } = await client();
    const words: string[] = [];
    const asked = jobs.call({
      queue: 'flow',
      id: 'a',
      head: { n: 'a' },
      signal: AbortSignal.timeout(15_000),
      onText: (delta) => words.push(delta),
      onRestart: () => words.push('[again]'),
    });
    const dying = await connect('dies');
    new JobWorker({
      nats: dying,
      queue: 'flow',
      serve: async ([claim]) => {
        claim?.say('half a');
        await wait(200);
        await dying.close();
        await wait(60_000);
      },
    });
    await wait(1000);
    let redelivered = 0;
    await worker('lives', {
      onJobs: (result, n) => {
        if (result === 'redelivered') redelivered += n;
      },
      serve: ([claim]) => {
        claim?.say('a whole sentence');
        claim?.done({ ok: 1 });
        return Promise.resolve();
      },
    });
    expect((await asked).head).toMatchObject({ ok: 1 });
    expect(words).toEqual(['half a', '[again]', 'a whole sentence']);
    expect(redelivered).toBe(1);
  }, 30_000);

  it('keeps a long job to the worker that has it', async () => {
    count++;
    const { client: jobs } = await client();
    let served = 0;
    const serve = async (claims: readonly Claim[]): Promise<void> => {
      served++;
      await wait(6000);
      for (const claim of claims) answer(claim, 'slow');
    };
    await worker('slow', { serve });
    await worker('idle', { serve });
    expect(await job(jobs, 'long')).toBe('slow did long:1,2'.replace('slow', 'slow'));
    expect(served).toBe(1);
  }, 30_000);

  it('turns the oldest away and does the newest first when there is too much', async () => {
    count++;
    const { client: jobs, nats } = await client();
    const results: Promise<string>[] = [];
    const order: string[] = [];
    for (let i = 0; i < 30; i++)
      results.push(
        job(jobs, `n${String(i).padStart(2, '0')}`).then(
          () => 'done',
          (error: unknown) => (error as { reason?: string }).reason ?? 'lost',
        ),
      );
    await wait(200);
    expect(await queueState(nats, 'flow')).toMatchObject({ pending: 30, unacked: 0, limit: 1000 });
    // Nothing is known of the cost yet: four batches are held.
    await worker('w', {
      batch: 2,
      serve: async (claims) => {
        order.push(...claims.map(({ frame }) => String(frame.head['n'])));
        await wait(10);
        for (const claim of claims) answer(claim, 'w');
      },
    });
    const told = await Promise.all(results);
    expect(told).toEqual([...Array<string>(22).fill('overload'), ...Array<string>(8).fill('done')]);
    expect(order).toEqual(['n28', 'n29', 'n26', 'n27', 'n24', 'n25', 'n22', 'n23']);
  });

  it('holds no more of a long backlog than leaves the queue free to hand out', async () => {
    count++;
    const { nats } = await client();
    const waiting = encodeFrame({ v: 1, n: 'x' }, [new Uint8Array(8)]);
    for (let i = 0; i < 30; i++)
      await Promise.all(Array.from({ length: 100 }, () => nats.js.publish(nats.subject('job', 'flow'), waiting)));
    let left = 0;
    let most = 0;
    // It thinks that it can do more than may be unanswered: each takes a millisecond.
    const one = await worker('w', {
      batch: 4,
      serve: async (claims) => {
        await wait(4);
        for (const claim of claims) answer(claim, 'w');
      },
      onJobs: (result, n) => {
        if (result !== 'redelivered') left += n;
      },
    });
    await vi.waitFor(
      () => {
        most = Math.max(most, one.busy);
        expect(left).toBe(3000);
      },
      { timeout: 30_000, interval: 1 },
    );
    expect(most).toBeLessThanOrEqual(0.6 * MOST_UNACKED);
  }, 40_000);

  it('does what was asked although the server was killed in between', async () => {
    count++;
    const { client: jobs } = await client();
    const asked = [job(jobs, 'before')];
    await wait(200);
    await server.kill();
    asked.push(job(jobs, 'while it is away'));
    await wait(300);
    await server.start();
    await worker('w', {
      serve: (claims) => {
        for (const claim of claims) answer(claim, 'w');
        return Promise.resolve();
      },
    });
    expect(await Promise.all(asked)).toEqual(['w did before:1,2', 'w did while it is away:1,2']);
  }, 40_000);

  it('tells why a job could not be done, and gives up when the asker does', async () => {
    count++;
    const { client: jobs } = await client();
    await worker('w', { serve: () => Promise.reject(Object.assign(new Error('no weights'), { code: 'flow_model_missing' })) });
    await expect(job(jobs, 'x')).rejects.toMatchObject({ reason: 'flow_model_missing', message: 'no weights' });
    await open.pop()?.close();
    await expect(job(jobs, 'y', 200)).rejects.toThrow(/timeout|abort/i);
    expect(jobs.waiting).toBe(0);
  });
});
