import { connect, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { INPUT_PIXELS, type CropLuma } from '../flow-messages.js';
import { expectedFlow, mockServer, MODEL, sendJson, type MockOptions, type MockServer } from '../../../tests/support/mock-flow-server.js';
import { infer, look } from './open-inference.js';
import { FlowServerError } from './server-error.js';
import type { ServerTarget } from './served-messages.js';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

const start = async (options?: MockOptions): Promise<MockServer> => {
  const server = await mockServer(options);
  open.push(server);
  return server;
};
const target = (url: string, more: Partial<ServerTarget> = {}): ServerTarget => ({
  url,
  model: 'meflownet',
  version: undefined,
  key: undefined,
  timeout: 5000,
  ...more,
});
const grey = (onset: number, apex: number): CropLuma => ({
  onset: new Uint8Array(INPUT_PIXELS).fill(onset),
  apex: new Uint8Array(INPUT_PIXELS).fill(apex),
});

describe('look', () => {
  it('asks whether server and model are ready, what they are, and whether tensors may go as bytes', async () => {
    const server = await start({ binary: true });
    expect(await look(target(server.url))).toEqual({ binary: true, sha256: 'ab'.repeat(32), server: 'mock 1' });
    expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /v2/health/ready',
      'GET /v2',
      'GET /v2/models/meflownet',
      'GET /v2/models/meflownet/ready',
    ]);
    expect(await look(target((await start()).url))).toMatchObject({ binary: false });
  });

  it('sends the key as a bearer token, and asks for a version', async () => {
    const server = await start();
    await look(target(server.url, { key: 'secret', version: '3', model: 'a.b' }));
    expect(server.requests.every(({ headers }) => headers.authorization === 'Bearer secret')).toBe(true);
    expect(server.requests.at(-1)?.path).toBe('/v2/models/a.b/versions/3/ready');
  });

  it.each([
    ['no description', { ...MODEL, inputs: null }, /does not declare its inputs/],
    [
      'another name',
      { ...MODEL, inputs: [MODEL.inputs[0], { ...MODEL.inputs[1], name: 'offset' }] },
      /input apex, FP32 \[-1,1,224,224\], is missing; it has an extra input offset/,
    ],
    [
      'another type',
      { ...MODEL, inputs: [MODEL.inputs[0], { ...MODEL.inputs[1], datatype: 'FP16' }] },
      /input apex is FP16 \[-1,1,224,224\], not FP32/,
    ],
    [
      'another shape',
      { ...MODEL, outputs: [{ ...MODEL.outputs[0], shape: [-1, 2, 112, 112] }, MODEL.outputs[1]] },
      /output facial is FP32 \[-1,2,112,112\], not FP32 \[-1,2,224,224\]/,
    ],
    [
      'one batch size only',
      { ...MODEL, inputs: MODEL.inputs.map((input) => ({ ...input, shape: [1, 1, 224, 224] })) },
      /input onset is FP32 \[1,1,224,224\]/,
    ],
  ])('refuses a model with %s, and says what is wrong', async (_what, model, message) => {
    const server = await start({ model });
    await expect(look(target(server.url))).rejects.toMatchObject({ code: 'flow_server_mismatch', message: expect.stringMatching(message) });
  });

  it.each([
    ['/v2/health/ready', 503, 'flow_server_not_ready'],
    ['/v2/models/meflownet/ready', 400, 'flow_server_not_ready'],
    ['/v2/models/meflownet', 404, 'flow_server_refused'],
    ['/v2', 401, 'flow_server_refused'],
    ['/v2', 302, 'flow_server_refused'],
    ['/v2', 500, 'flow_server_failed'],
    ['/v2', 429, 'flow_server_overloaded'],
  ])('%s with %d is %s', async (path, status, code) => {
    const server = await start();
    server.fault = (response, asked) => {
      if (asked !== path) return false;
      response.statusCode = status;
      sendJson(response, { error: 'so it is' });
      return true;
    };
    const error = await look(target(server.url)).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(FlowServerError);
    expect(error).toMatchObject({ code });
  });

  it('says that something else answers there', async () => {
    const server = await start();
    server.fault = (response) => {
      response.end('<html>hello</html>');
      return true;
    };
    await expect(look(target(server.url))).rejects.toMatchObject({
      code: 'flow_server_garbage',
      message: expect.stringMatching(/Open Inference Protocol/),
    });
    server.fault = (response, path) => {
      if (path === '/v2') sendJson(response, { name: 'x'.repeat(300_000) });
      return path === '/v2';
    };
    await expect(look(target(server.url))).rejects.toMatchObject({ code: 'flow_server_too_long' });
  });
});

describe('infer', () => {
  it.each([{ binary: false }, { binary: false, nested: true }, { binary: true }])(
    'computes a padded batch, each pair its own: %j',
    async (options) => {
      const server = await start(options);
      const pairs = [
        grey(50, 50),
        grey(50, 90),
        { onset: new Float32Array(INPUT_PIXELS).fill(10.25), apex: new Float32Array(INPUT_PIXELS).fill(200.5) },
      ];
      const { estimates, ms } = await infer(target(server.url), options.binary, pairs, 4);
      expect(estimates).toHaveLength(3);
      expect(ms).toBeGreaterThan(0);
      pairs.forEach((pair, i) => {
        const { u, v } = expectedFlow(pair.onset[0]!, pair.apex[0]!);
        const { facial, head } = estimates[i]!;
        expect([facial.length, head.length]).toEqual([2 * INPUT_PIXELS, 2 * INPUT_PIXELS]);
        for (const at of [0, INPUT_PIXELS - 1]) expect(facial[at]).toBeCloseTo(u, 5);
        expect(facial[INPUT_PIXELS]).toBeCloseTo(v, 5);
        expect(head[5]).toBeCloseTo(u / 4, 5);
      });
    },
  );

  it('writes luma in decimals that are the same float32 numbers as the bytes', async () => {
    const crop = Uint8Array.from({ length: INPUT_PIXELS }, (_, i) => i % 256);
    const server = await start();
    let worst = 0;
    const black = new Uint8Array(INPUT_PIXELS);
    const {
      estimates: [asText],
    } = await infer(target(server.url), false, [{ onset: black, apex: crop }], 1);
    const {
      estimates: [asBytes],
    } = await infer(target((await start({ binary: true })).url), true, [{ onset: black, apex: crop }], 1);
    for (let i = 0; i < INPUT_PIXELS; i++) worst = Math.max(worst, Math.abs(asText!.facial[i]! - asBytes!.facial[i]!));
    expect(worst).toBe(0);
  });

  it.each([
    [false, NaN],
    [true, NaN],
    [true, Infinity],
  ])('leaves out the pair whose numbers are not finite (binary %s, %d)', async (binary, value) => {
    const server = await start({ binary });
    server.fault = (_response, _path, batch) => {
      batch!.outputs[2]!.values[2 * INPUT_PIXELS + 9] = value;
      return false;
    };
    const { estimates } = await infer(target(server.url), binary, [grey(1, 2), grey(3, 4), grey(5, 6)], 4);
    expect(estimates.map((estimate) => estimate !== undefined)).toEqual([true, false, true]);
  });

  it('says that nothing listens', async () => {
    const server = await mockServer();
    await server.close();
    await expect(infer(target(server.url), true, [grey(1, 2)], 1)).rejects.toMatchObject({ code: 'flow_server_unreachable' });
  });

  it('sends a batch again where a kept connection was closed under it', async () => {
    // The server closes the kept connection as soon as a second request's first bytes are there.
    let taken = 0;
    const mock = await start({ binary: true });
    const relay: Server = createServer((socket) => {
      const first = taken++ === 0;
      let requests = 0;
      const upstream = connect(Number(new URL(mock.url).port), '127.0.0.1');
      socket.on('data', (data: Buffer) => {
        if (data.includes('HTTP/1.1')) requests++;
        if (first && requests > 1) socket.resetAndDestroy();
        else upstream.write(data);
      });
      upstream.on('data', (data) => socket.write(data));
      for (const [one, other] of [
        [socket, upstream],
        [upstream, socket],
      ] as const)
        one.on('error', () => undefined).on('close', () => other.destroy());
    });
    await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
    open.push({
      close: () =>
        new Promise((resolve) => {
          relay.close(() => {
            resolve();
          });
        }),
    });
    const there = target(`http://127.0.0.1:${String((relay.address() as { port: number }).port)}`);
    await infer(there, true, [grey(1, 2)], 1);
    expect((await infer(there, true, [grey(1, 2)], 1)).estimates).toHaveLength(1);
    expect(taken).toBe(2);
  });
});
