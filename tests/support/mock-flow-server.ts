import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { INPUT_PIXELS } from '../../src/flow/flow-messages.js';
import { shapeOf } from '../../src/flow/served/interface.js';

/** A stand-in for a server of the Open Inference Protocol, for tests; `fault` may be changed while it runs. */
export interface MockServer {
  readonly url: string;
  readonly host: string;
  /** Method, path and headers of the requests so far. */
  readonly requests: { readonly method: string; readonly path: string; readonly headers: IncomingMessage['headers'] }[];
  /** Answers in the place of what is right, where it returns true. */
  fault: ((response: ServerResponse, path: string, batch: MockBatch | undefined) => boolean) | undefined;
  close(): Promise<void>;
}

/** A batch that came, and its right answer. */
export interface MockBatch {
  readonly size: number;
  readonly outputs: MockOutput[];
}
interface MockOutput {
  name: string;
  shape: number[];
  datatype: string;
  values: Float32Array;
}

export interface MockOptions {
  readonly binary?: boolean;
  /** Takes the place of the model's description. */
  readonly model?: unknown;
  /** Nested arrays instead of flat ones. */
  readonly nested?: boolean;
  /** px that its flow is off. */
  readonly off?: number;
  readonly port?: number;
}

const SHA256 = 'ab'.repeat(32);

export const MODEL = {
  name: 'meflownet',
  versions: ['1'],
  platform: 'onnxruntime',
  parameters: { sha256: SHA256 },
  inputs: ['onset', 'apex'].map((name) => ({ name, datatype: 'FP32', shape: shapeOf(1, -1) })),
  outputs: [
    ...['facial', 'head'].map((name) => ({ name, datatype: 'FP32', shape: shapeOf(2, -1) })),
    { name: 'log_sigma', datatype: 'FP32', shape: shapeOf(1, -1) },
  ],
};

/** What the stand-in computes: facial = (8·(apex − onset) + off, 1), head = facial / 4. */
export function expectedFlow(onset: number, apex: number, off = 0): { readonly u: number; readonly v: number } {
  return { u: (8 * (apex - onset)) / 255 + off, v: 1 };
}

/** Starts one on the loopback. */
export async function mockServer(options: MockOptions = {}): Promise<MockServer> {
  const requests: MockServer['requests'] = [];
  const mock: { fault: MockServer['fault'] } = { fault: undefined };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => undefined);
    request.on('end', () => {
      const path = request.url ?? '';
      requests.push({ method: request.method ?? '', path, headers: request.headers });
      const batch = path.endsWith('/infer') ? compute(Buffer.concat(chunks), request.headers, options.off ?? 0) : undefined;
      if (mock.fault?.(response, path, batch)) return;
      if (batch) sendBatch(response, batch, options);
      else if (path === '/v2')
        sendJson(response, { name: 'mock', version: '1', extensions: options.binary ? ['model_repository', 'binary_tensor_data'] : [] });
      else if (path.endsWith('/ready')) response.end();
      else if (/^\/v2\/models\/[^/]+(\/versions\/[^/]+)?$/.test(path)) sendJson(response, options.model ?? MODEL);
      else {
        response.statusCode = 404;
        response.end();
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return {
    url: `http://${host}`,
    host,
    requests,
    get fault() {
      return mock.fault;
    },
    set fault(fault) {
      mock.fault = fault;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}

export function sendJson(response: ServerResponse, value: unknown): void {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(value));
}

/** Sends a batch's outputs as the protocol has it. */
export function sendBatch(response: ServerResponse, { outputs }: MockBatch, { binary = false, nested = false }: MockOptions): void {
  const head = outputs.map(({ name, shape, datatype, values }) => {
    if (binary) return { name, shape, datatype, parameters: { binary_data_size: values.byteLength } };
    const flat = Array.from(values);
    return {
      name,
      shape,
      datatype,
      data: nested
        ? Array.from({ length: shape[0] ?? 1 }, (_, i) =>
            flat.slice((i * flat.length) / (shape[0] ?? 1), ((i + 1) * flat.length) / (shape[0] ?? 1)),
          )
        : flat,
    };
  });
  const json = Buffer.from(JSON.stringify({ model_name: 'meflownet', model_version: '1', outputs: head }));
  if (!binary) {
    response.setHeader('content-type', 'application/json');
    response.end(json);
    return;
  }
  response.setHeader('inference-header-content-length', json.byteLength);
  response.end(Buffer.concat([json, ...outputs.map(({ values }) => Buffer.from(values.buffer, values.byteOffset, values.byteLength))]));
}

interface Input {
  readonly name: string;
  readonly shape: number[];
  readonly datatype: string;
  readonly data?: number[];
  readonly parameters?: { readonly binary_data_size: number };
}

function compute(body: Buffer, headers: IncomingMessage['headers'], off: number): MockBatch {
  const length = Number(headers['inference-header-content-length'] ?? body.byteLength);
  const { inputs } = JSON.parse(body.subarray(0, length).toString()) as { inputs: Input[] };
  let at = length;
  const tensors = Object.fromEntries(
    inputs.map(({ name, data, parameters }) => {
      if (data) return [name, Float32Array.from(data)];
      const bytes = body.subarray(at, (at += parameters?.binary_data_size ?? 0));
      return [name, new Float32Array(Uint8Array.from(bytes).buffer)];
    }),
  );
  const size = inputs[0]?.shape[0] ?? 0;
  const facial = new Float32Array(size * 2 * INPUT_PIXELS);
  for (let pair = 0; pair < size; pair++) {
    for (let i = 0; i < INPUT_PIXELS; i++) {
      const from = pair * INPUT_PIXELS + i;
      facial[2 * pair * INPUT_PIXELS + i] = 8 * ((tensors['apex']?.[from] ?? NaN) - (tensors['onset']?.[from] ?? NaN)) + off;
      facial[(2 * pair + 1) * INPUT_PIXELS + i] = 1;
    }
  }
  const logSigma = new Float32Array(size * INPUT_PIXELS);
  return {
    size,
    outputs: [
      { name: 'log_sigma', shape: shapeOf(1, size), datatype: 'FP32', values: logSigma },
      { name: 'facial', shape: shapeOf(2, size), datatype: 'FP32', values: facial },
      { name: 'head', shape: shapeOf(2, size), datatype: 'FP32', values: facial.map((value) => value / 4) },
    ],
  };
}
