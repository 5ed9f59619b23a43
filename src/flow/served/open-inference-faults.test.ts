import { afterEach, describe, expect, it } from 'vitest';
import { mockServer, sendBatch, sendJson, type MockServer } from '../../../tests/support/mock-flow-server.js';
import { INPUT_PIXELS, type CropLuma } from '../flow-messages.js';
import { infer } from './open-inference.js';
import { FlowServerError } from './server-error.js';

let server: MockServer | undefined;
afterEach(() => server?.close());

const PAIR: CropLuma = { onset: new Uint8Array(INPUT_PIXELS).fill(1), apex: new Uint8Array(INPUT_PIXELS).fill(2) };

/** What the server does instead of a good answer, and the error that it leads to. */
const FAULTS: [string, string, MockServer['fault']][] = [
  [
    '500',
    'flow_server_failed',
    (response) => {
      response.statusCode = 500;
      sendJson(response, { error: 'CUDA out of memory' });
      return true;
    },
  ],
  [
    '400',
    'flow_server_refused',
    (response) => {
      response.statusCode = 400;
      sendJson(response, { error: 'batch too large' });
      return true;
    },
  ],
  [
    'a long refusal',
    'flow_server_refused',
    (response) => {
      response.statusCode = 400;
      response.end('x'.repeat(1_000_000));
      return true;
    },
  ],
  [
    '503',
    'flow_server_overloaded',
    (response) => {
      response.statusCode = 503;
      response.end();
      return true;
    },
  ],
  [
    'no JSON',
    'flow_server_garbage',
    (response) => {
      response.end('{"outputs":[NaN');
      return true;
    },
  ],
  [
    'no outputs',
    'flow_server_garbage',
    (response) => {
      sendJson(response, { model_name: 'x' });
      return true;
    },
  ],
  [
    'JSON that is null',
    'flow_server_garbage',
    (response) => {
      response.end('null');
      return true;
    },
  ],
  [
    'another output only',
    'flow_server_mismatch',
    (response, _path, batch) => {
      sendBatch(response, { ...batch!, outputs: batch!.outputs.slice(0, 1) }, {});
      return true;
    },
  ],
  [
    'a wrong shape',
    'flow_server_mismatch',
    (response, _path, batch) => {
      for (const output of batch!.outputs) output.shape = [1, 1];
      sendBatch(response, batch!, { binary: true });
      return true;
    },
  ],
  [
    'a wrong datatype',
    'flow_server_mismatch',
    (response, _path, batch) => {
      for (const output of batch!.outputs) output.datatype = 'FP64';
      sendBatch(response, batch!, { binary: true });
      return true;
    },
  ],
  [
    'too few numbers',
    'flow_server_garbage',
    (response, _path, batch) => {
      for (const output of batch!.outputs) output.values = output.values.subarray(7);
      sendBatch(response, batch!, {});
      return true;
    },
  ],
  [
    'too many numbers',
    'flow_server_garbage',
    (response, _path, batch) => {
      sendJson(response, {
        outputs: batch!.outputs.map(({ name, shape, datatype, values }) => ({ name, shape, datatype, data: [...values, 1] })),
      });
      return true;
    },
  ],
  [
    'words for numbers',
    'flow_server_garbage',
    (response, _path, batch) => {
      sendJson(response, { outputs: batch!.outputs.map(({ name, shape, datatype }) => ({ name, shape, datatype, data: ['1'] })) });
      return true;
    },
  ],
  [
    'too few bytes',
    'flow_server_garbage',
    (response, _path, batch) => {
      for (const output of batch!.outputs) output.values = output.values.subarray(7);
      sendBatch(response, batch!, { binary: true });
      return true;
    },
  ],
  [
    'a JSON length beyond the end',
    'flow_server_garbage',
    (response) => {
      response.setHeader('inference-header-content-length', '1000000');
      response.end('{"outputs":[]}');
      return true;
    },
  ],
  [
    'a length of nothing',
    'flow_server_garbage',
    (response) => {
      response.setHeader('inference-header-content-length', 'x');
      response.end('{"outputs":[]}');
      return true;
    },
  ],
  [
    'compressed bytes',
    'flow_server_garbage',
    (response) => {
      response.setHeader('content-encoding', 'gzip');
      response.end('x');
      return true;
    },
  ],
  [
    'more than said',
    'flow_server_too_long',
    (response) => {
      response.setHeader('content-length', String(1e9));
      response.write('x');
      return true;
    },
  ],
  [
    'without an end',
    'flow_server_too_long',
    (response) => {
      const piece = Buffer.alloc(1_000_000, ' ');
      const more = (): void => {
        if (!response.destroyed)
          response.write(piece, () => {
            setImmediate(more);
          });
      };
      more();
      return true;
    },
  ],
  [
    'half an answer, then death',
    'flow_server_cut',
    (response) => {
      response.setHeader('content-length', '5000');
      response.write('{"outputs":');
      setTimeout(() => {
        response.destroy();
      }, 30);
      return true;
    },
  ],
  [
    'no head, but death',
    'flow_server_cut',
    (response) => {
      response.destroy();
      return true;
    },
  ],
  ['nothing', 'flow_server_timeout', () => true],
  [
    'half an answer, then nothing',
    'flow_server_timeout',
    (response) => {
      response.write('{"outputs":');
      return true;
    },
  ],
];

describe('infer', () => {
  it.each(FAULTS)('a server that answers with %s: %s', async (_what, code, fault) => {
    server = await mockServer();
    server.fault = fault;
    const timeout = code === 'flow_server_timeout' ? 300 : 10_000;
    const target = { url: server.url, model: 'meflownet', version: undefined, key: undefined, timeout };
    const error = await infer(target, false, [PAIR], 1).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(FlowServerError);
    expect(error).toMatchObject({ code });
    expect((error as Error).message.length).toBeLessThan(400);
  });
});
