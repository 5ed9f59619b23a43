import type * as http from 'node:http';
import type { z } from 'zod';
import { agentFor } from '../../common/proxy-agent.js';
import type { BatchAnswer, CropLuma } from '../flow-messages.js';
import { decodeAnswer, longestAnswer } from './decode-answer.js';
import { encodeRequest } from './encode-request.js';
import { exchange, type Answered } from './exchange.js';
import { modelMetadataSchema, serverMetadataSchema, whatIsWrong } from './interface.js';
import { FlowServerError } from './server-error.js';
import type { ServerFindings, ServerTarget } from './served-messages.js';

/** The name under which a server lists that it takes tensors as bytes. */
const BINARY = 'binary_tensor_data';
/** Bytes that a server's or a model's description may have. */
const MAX_METADATA = 262_144;

/** By origin. */
const agents = new Map<string, http.Agent>();

function agentOf(url: URL): http.Agent {
  const agent = agents.get(url.origin) ?? agentFor(url, { maxSockets: 4, maxFreeSockets: 2 });
  agents.set(url.origin, agent);
  return agent;
}

/**
 * Asks a server of the Open Inference Protocol (KServe v2, over HTTP) whether it is ready and has MEFlowNet.
 *
 * @throws {FlowServerError} `flow_server_not_ready`, `flow_server_mismatch`, and what {@link exchange} throws.
 */
export async function look(target: ServerTarget): Promise<ServerFindings> {
  const { host } = new URL(target.url);
  await ready(target, '/v2/health/ready', `${host} is not ready; wait, or see its log`);
  const server = parsed(serverMetadataSchema, await get(target, '/v2'), host);
  const model = parsed(modelMetadataSchema, await get(target, modelPath(target)), host);
  const wrong = whatIsWrong(model);
  if (wrong.length > 0) {
    throw new FlowServerError(
      'flow_server_mismatch',
      `the model ${target.model} of ${host} is not MEFlowNet: ${wrong.join('; ')}. Serve models/meflownet as docs/flow.md says, or name the right one in flow.server_model`,
    );
  }
  await ready(target, `${modelPath(target)}/ready`, `${host} has the model ${target.model} but it is not ready; wait, or see its log`);
  return {
    binary: server.extensions?.includes(BINARY) ?? false,
    sha256: model.parameters?.sha256,
    server: `${server.name} ${server.version}`,
  };
}

/**
 * Computes a batch, padded to `size`.
 *
 * @throws {FlowServerError} `flow_server_garbage`, `flow_server_mismatch`, and what {@link exchange} throws.
 */
export async function infer(target: ServerTarget, binary: boolean, pairs: readonly CropLuma[], size: number): Promise<BatchAnswer> {
  const request = encodeRequest(pairs, size, binary);
  const began = performance.now();
  const answer = await send(target, `${modelPath(target)}/infer`, { method: 'POST', ...request, limit: longestAnswer(size, binary) });
  const estimates = decodeAnswer(answer, pairs.length, size, new URL(target.url).host);
  return { estimates, ms: performance.now() - began };
}

function modelPath({ model, version }: ServerTarget): string {
  return `/v2/models/${encodeURIComponent(model)}${version === undefined ? '' : `/versions/${encodeURIComponent(version)}`}`;
}

/** A server says that it is not ready with 4xx or 5xx; what keeps us out is another matter. */
async function ready(target: ServerTarget, path: string, otherwise: string): Promise<void> {
  try {
    await get(target, path);
  } catch (error) {
    const status = error instanceof FlowServerError ? Number(error.cause) : NaN;
    if (status === 400 || status >= 500) throw new FlowServerError('flow_server_not_ready', otherwise, { cause: error, retryAfter: 1000 });
    throw error;
  }
}

function get(target: ServerTarget, path: string): Promise<Answered> {
  return send(target, path, { method: 'GET', limit: MAX_METADATA });
}

function send(
  { url, key, timeout }: ServerTarget,
  path: string,
  options: Pick<Parameters<typeof exchange>[1], 'method' | 'headers' | 'body' | 'limit'>,
): Promise<Answered> {
  const address = new URL(`${url}${path}`);
  return exchange(address, { ...options, key, timeout, agent: agentOf(address) });
}

function parsed<T extends z.ZodType>(schema: T, { body }: Answered, host: string): z.infer<T> {
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch {
    value = undefined;
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new FlowServerError(
    'flow_server_garbage',
    `${host} returned unreadable metadata (${[issue?.path.join('.'), issue?.message].filter(Boolean).join(': ')}); does flow.server speak the Open Inference Protocol (KServe v2)?`,
  );
}
