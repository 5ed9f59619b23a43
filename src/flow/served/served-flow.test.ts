import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { INPUT_PIXELS, type CropLuma } from '../flow-messages.js';
import type { FlowRunner } from '../flow-runner.js';
import { expectedFlow, mockServer, MODEL, sendJson, type MockOptions, type MockServer } from '../../../tests/support/mock-flow-server.js';
import { ServedFlow, type ServedFlowOptions } from './served-flow.js';

/** The thread's work, done here, errors crossing as they cross from a thread: as a code and a message. */
vi.mock('../../runtime/threads/mod.js', async () => {
  const { WorkerError } = await import('../../runtime/threads/worker-error.js');
  const { infer, look } = await import('./open-inference.js');
  return {
    WorkerError,
    SupervisedWorker: {
      start: () =>
        Promise.resolve({
          call: async (method: string, args: unknown[]) => {
            try {
              return await (method === 'look' ? look(...(args as Parameters<typeof look>)) : infer(...(args as Parameters<typeof infer>)));
            } catch (error) {
              throw new WorkerError((error as { code: string }).code, (error as Error).message);
            }
          },
          close: () => Promise.resolve(),
        }),
    },
  };
});

const pair = (onset: number, apex: number): CropLuma => ({
  onset: new Uint8Array(INPUT_PIXELS).fill(onset),
  apex: new Uint8Array(INPUT_PIXELS).fill(apex),
});
const open: { close(): Promise<void> }[] = [];
let notices: string[] = [];
let ups: boolean[] = [];
let results: string[] = [];
let localRuns = 0;
beforeEach(() => {
  notices = [];
  ups = [];
  results = [];
  localRuns = 0;
});
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

/** The same arithmetic as the mock server's. */
const local: FlowRunner = {
  devices: ['cpu'],
  costs: { 1: 1000, 2: 2000 },
  run: (pairs) => {
    localRuns++;
    return Promise.resolve({
      device: 'cpu',
      ms: 1,
      estimates: pairs.map(({ onset, apex }) => {
        const facial = new Float32Array(2 * INPUT_PIXELS).map((_, i) => (i < INPUT_PIXELS ? expectedFlow(onset[i]!, apex[i]!).u : 1));
        return { facial, head: facial.map((value) => value / 4) };
      }),
    });
  },
  close: () => Promise.resolve(),
};
const server = async (options?: MockOptions): Promise<MockServer> => {
  const started = await mockServer(options);
  open.push(started);
  return started;
};
const start = async (url: string, more: Partial<ServedFlowOptions> & { timeout?: number } = {}): Promise<ServedFlow> => {
  const { timeout = 2000, ...options } = more;
  const flow = await ServedFlow.start({
    server: { url, timeout },
    local,
    sizes: [1, 2],
    hangTimeout: 1000,
    pause: 60,
    hooks: { up: (up) => ups.push(up), request: (result) => results.push(result) },
    onNotice: (notice) => notices.push(notice),
    onLost: () => undefined,
    ...options,
  });
  open.push(flow);
  return flow;
};
const down: MockServer['fault'] = (response) => {
  response.statusCode = 500;
  sendJson(response, { error: 'broken' });
  return true;
};

// Every start warms two batch sizes; JSON takes its time on a busy machine.
describe('ServedFlow', { timeout: 60_000 }, () => {
  it.each([{ binary: true }, { binary: false }])('computes by the server, and by it alone: %j', async (options) => {
    const mock = await server(options);
    const flow = await start(`${mock.url}/v2/`);
    const { device, estimates } = await flow.run([pair(20, 60)], 2);
    expect(device).toBe('server');
    expect(estimates[0]?.facial[0]).toBeCloseTo(expectedFlow(20, 60).u, 5);
    expect(flow.devices).toEqual(['server', 'cpu']);
    expect(Object.keys(flow.costs)).toEqual(['1', '2']);
    expect(flow.costs[1]).toBeLessThan(1000);
    expect([localRuns, ups, results, notices]).toEqual([1, [true], ['ok'], []]);
  });

  it.each<[string, MockServer['fault'], number]>([
    ['answers 500', down, 2000],
    ['hangs', () => true, 150],
    [
      'dies in mid-answer',
      (response) => {
        response.write('{');
        setTimeout(() => {
          response.destroy();
        }, 20);
        return true;
      },
      2000,
    ],
    [
      'answers nonsense',
      (response) => {
        response.end('what?');
        return true;
      },
      2000,
    ],
  ])('a server that %s: the local model stands in at once, says so, and gives the work back', async (_what, fault, timeout) => {
    const mock = await server({ binary: true });
    const flow = await start(mock.url, { timeout });
    mock.fault = fault;
    const answers = await Promise.all([flow.run([pair(20, 60)], 1), flow.run([pair(20, 70)], 1)]);
    expect(answers.map(({ device }) => device)).toEqual(['cpu', 'cpu']);
    expect(flow.costs).toBe(local.costs);
    expect(ups).toEqual([true, false]);
    expect(notices.every((notice) => notice.includes('falling back to the local model'))).toBe(true);
    const asked = mock.requests.length;
    expect((await flow.run([pair(20, 60)], 1)).device).toBe('cpu');
    expect(mock.requests.length - asked).toBeLessThanOrEqual(1);
    mock.fault = undefined;
    await expect.poll(() => ups, { timeout: 30_000 }).toEqual([true, false, true]);
    expect((await flow.run([pair(20, 60)], 1)).device).toBe('server');
    expect(results).toEqual(['fallback', 'fallback', 'fallback', 'ok']);
    expect(notices.at(-1)).toMatch(/is available again, with the same model/);
  });

  it('goes on with the local model where the server is away or not ready at the start, and takes it when it comes', async () => {
    const gone = await mockServer();
    await gone.close();
    const flow = await start(gone.url);
    expect(ups).toEqual([false]);
    expect(notices[0]).toMatch(/cannot reach \S+ \(ECONNREFUSED\); is the server running/);
    expect((await flow.run([pair(20, 60)], 1)).device).toBe('cpu');
    const mock = await server({ binary: true, port: Number(new URL(gone.url).port) });
    await expect.poll(() => ups, { timeout: 30_000 }).toEqual([false, true]);
    expect((await flow.run([pair(20, 60)], 1)).device).toBe('server');
    // What was said once was not said again while it lasted.
    expect(notices.filter((notice) => notice.includes('ECONNREFUSED'))).toHaveLength(1);
    expect(mock.requests.length).toBeGreaterThan(4);
  });

  it('does not start with a server that computes something else, or has another model', async () => {
    await expect(start((await server({ binary: true, off: 0.1 })).url)).rejects.toMatchObject({
      name: 'FlowServerError',
      code: 'flow_server_mismatch',
      message: expect.stringMatching(/0\.100 px apart/),
    });
    await expect(start((await server({ model: { name: 'meflownet' } })).url)).rejects.toMatchObject({
      name: 'FlowServerError',
      code: 'flow_server_mismatch',
    });
    const mock = await server();
    mock.fault = (response, path) => {
      if (path.endsWith('/infer')) {
        response.statusCode = 400;
        sendJson(response, { error: 'batch of 2 is too large' });
      }
      return path.endsWith('/infer');
    };
    await expect(start(mock.url)).rejects.toMatchObject({ code: 'flow_server_refused', message: expect.stringMatching(/too large/) });
  });

  it('does not go back to a server that has come back with another model, and says why', async () => {
    const mock = await server({ binary: true });
    const flow = await start(mock.url);
    mock.fault = down;
    await flow.run([pair(20, 60)], 1);
    mock.fault = (_response, _path, batch) => {
      batch?.outputs[1]?.values.fill(3);
      return false;
    };
    await expect
      .poll(() => notices.at(-1), { timeout: 30_000 })
      .toMatch(/is still unavailable: .* computes a different flow than the local one/);
    expect((await flow.run([pair(20, 60)], 1)).device).toBe('cpu');
  });

  it('lets the local model answer what the server answers with NaN', async () => {
    const mock = await server({ binary: true });
    const flow = await start(mock.url);
    mock.fault = (_response, _path, batch) => {
      batch!.outputs[1]!.values[7] = NaN;
      return false;
    };
    const { device, estimates } = await flow.run([pair(20, 60), pair(1, 2)], 2);
    expect([device, estimates.every((estimate) => estimate !== undefined)]).toEqual(['cpu', true]);
    expect(notices[0]).toMatch(/non-finite numbers for 1 of 2 pairs/);
  });

  it('one that has too much to do is asked again at once, and left alone only after five times', async () => {
    const mock = await server({ binary: true });
    const flow = await start(mock.url, { pause: 60_000 });
    mock.fault = (response) => {
      response.statusCode = 503;
      response.end();
      return true;
    };
    for (let i = 0; i < 4; i++) expect((await flow.run([pair(20, 60)], 1)).device).toBe('cpu');
    expect(ups).toEqual([true]);
    mock.fault = undefined;
    expect((await flow.run([pair(20, 60)], 1)).device).toBe('server');
    mock.fault = (response) => {
      response.statusCode = 503;
      response.end();
      return true;
    };
    for (let i = 0; i < 5; i++) await flow.run([pair(20, 60)], 1);
    expect(ups).toEqual([true, false]);
  });

  describe('without a local model', () => {
    it('says whose flow it is', async () => {
      expect((await start((await server({ binary: true })).url, { local: undefined })).source).toBe(`meflownet@${'ab'.repeat(4)}`);
      const silent = await server({ binary: true, model: { ...MODEL, parameters: undefined } });
      expect((await start(silent.url, { local: undefined })).source).toBe(`${silent.host}/meflownet`);
    });

    it('does not start where the server is away', async () => {
      const gone = await mockServer();
      await gone.close();
      await expect(start(gone.url, { local: undefined })).rejects.toMatchObject({
        name: 'FlowServerError',
        code: 'flow_server_unreachable',
      });
    });

    it('fails batches with what went wrong, leaves the server alone after five failures, and comes back', async () => {
      const mock = await server({ binary: true });
      const flow = await start(mock.url, { local: undefined, pause: 300 });
      mock.fault = down;
      for (let i = 0; i < 5; i++)
        await expect(flow.run([pair(1, 2)], 1)).rejects.toMatchObject({
          name: 'FlowServerError',
          code: 'flow_server_failed',
          message: expect.stringMatching(/500: broken/),
        });
      await expect(flow.run([pair(1, 2)], 1)).rejects.toMatchObject({
        code: 'flow_server_paused',
        message: expect.stringMatching(/500: broken/),
      });
      expect(ups).toEqual([true, false]);
      mock.fault = undefined;
      await expect.poll(() => ups, { timeout: 30_000 }).toEqual([true, false, true]);
      expect((await flow.run([pair(1, 2)], 1)).device).toBe('server');
      expect(results).toEqual([...Array.from({ length: 6 }, () => 'failed'), 'ok']);
    });

    it('leaves out the pair whose numbers are not finite', async () => {
      const mock = await server({ binary: true });
      const flow = await start(mock.url, { local: undefined });
      mock.fault = (_response, _path, batch) => {
        batch!.outputs[1]!.values[7] = NaN;
        return false;
      };
      expect((await flow.run([pair(20, 60), pair(1, 2)], 2)).estimates.map((estimate) => estimate === undefined)).toEqual([true, false]);
      await expect(flow.run([pair(20, 60)], 1)).rejects.toMatchObject({ code: 'flow_server_not_finite' });
    });
  });

  it("a setting that can't work says which", async () => {
    for (const url of ['what', 'ftp://x/'])
      await expect(start(url)).rejects.toMatchObject({ code: 'flow_server_setting', message: expect.stringMatching(/flow\.server/) });
    const folder = mkdtempSync(join(tmpdir(), 'flow-key-'));
    const mock = await server({ binary: true });
    await expect(start(mock.url, { server: { url: mock.url, keyFile: join(folder, 'none') } })).rejects.toMatchObject({
      code: 'flow_server_setting',
      message: expect.stringMatching(/flow\.server_key_file/),
    });
    writeFileSync(join(folder, 'key'), 'a-key\n');
    await start(mock.url, { server: { url: mock.url, keyFile: join(folder, 'key') } });
    expect(mock.requests.at(-1)?.headers.authorization).toBe('Bearer a-key');
  });
});
