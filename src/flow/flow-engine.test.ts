import { beforeEach, describe, expect, it, vi } from 'vitest';
import { WorkerError } from '../runtime/threads/worker-error.js';
import { FlowEngine } from './flow-engine.js';
import type { LoadOptions } from './flow-messages.js';
import type { FlowModel } from './model-file.js';

/** Threads of a made-up machine: what each does when it is loaded and run. */
interface Thread {
  load?: 'crash';
  run?: 'crash' | 'fail';
}
const script = vi.hoisted(() => ({ threads: [] as Thread[], loads: [] as string[], closed: 0 }));

vi.mock('../runtime/threads/mod.js', async () => {
  const { WorkerError: Failure } = await import('../runtime/threads/worker-error.js');
  const { OnDemandWorker } = await import('../runtime/threads/on-demand-worker.js');
  const died = (): Error => new Failure('worker_died', 'worker flow ended (exit code 139)');
  return {
    WorkerError: Failure,
    OnDemandWorker,
    WorkerClient: {
      start: () => {
        const thread = script.threads.shift() ?? {};
        return Promise.resolve({
          call: (method: string, [options]: [LoadOptions]) => {
            if (method === 'load') {
              script.loads.push(options.device);
              return thread.load === 'crash'
                ? Promise.reject(died())
                : Promise.resolve({ choice: { device: options.device === 'auto' ? 'webgpu' : options.device }, costs: { 1: 1 } });
            }
            if (thread.run === 'crash') return Promise.reject(died());
            return thread.run === 'fail'
              ? Promise.reject(new Failure('flow_model_invalid', 'no such output'))
              : Promise.resolve({ estimates: [], ms: 1 });
          },
          watch: () => undefined,
          close: () => {
            script.closed++;
            return Promise.resolve();
          },
        });
      },
    },
  };
});

const model = { onnx: new Uint8Array() } as unknown as FlowModel;
const notices: string[] = [];
const start = (device: 'auto' | 'cpu'): Promise<FlowEngine> =>
  FlowEngine.start({
    model,
    device,
    sizes: [1],
    threads: 1,
    hangTimeout: 10_000,
    onNotice: (notice) => notices.push(notice),
    onLost: () => undefined,
  });

beforeEach(() => {
  script.threads = [];
  script.loads = [];
  script.closed = 0;
  notices.length = 0;
});

describe('FlowEngine', () => {
  it('goes on with the CPU where a driver crashes while it is tried', async () => {
    script.threads = [{ load: 'crash' }, {}];
    const engine = await start('auto');
    expect(script.loads).toEqual(['auto', 'cpu']);
    expect(engine.info.choice.device).toBe('cpu');
    expect(notices).toEqual(['the flow model crashed while trying auto (worker flow ended (exit code 139)); running on cpu']);
  });

  it('does not start where the CPU crashes', async () => {
    script.threads = [{ load: 'crash' }];
    await expect(start('cpu')).rejects.toMatchObject({ code: 'worker_died' });
  });

  it('starts a thread that died once for all batches that it took with it, and runs them again', async () => {
    script.threads = [{ run: 'crash' }, {}];
    const engine = await start('auto');
    const answers = await Promise.all([engine.run([], 1), engine.run([], 1)]);
    expect(answers).toHaveLength(2);
    expect(script.loads).toEqual(['auto', 'cpu']);
    expect(notices).toHaveLength(1);
  });

  it('gives up a batch that fails twice, and hands on what is no crash', async () => {
    script.threads = [{ run: 'crash' }, { run: 'crash' }, { run: 'fail' }];
    const engine = await start('cpu');
    await expect(engine.run([], 1)).rejects.toMatchObject({ code: 'worker_died' });
    await expect(engine.run([], 1)).rejects.toMatchObject({ code: 'flow_model_invalid' });
    expect(script.loads).toEqual(['cpu', 'cpu', 'cpu']);
  });

  it('runs nothing once closed', async () => {
    const engine = await start('cpu');
    await engine.close();
    await engine.close();
    expect(script.closed).toBe(1);
    await expect(engine.run([], 1)).rejects.toBeInstanceOf(WorkerError);
  });
});
