import type * as http from 'node:http';
import { ModelServerFault, request, type FaultKind } from '../../runtime/model-server/request.js';
import { FlowServerError, type FlowServerErrorCode } from './server-error.js';

/** One request and its whole answer. */
export interface ExchangeOptions {
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: readonly Uint8Array[];
  readonly key: string | undefined;
  /** Milliseconds until the answer is whole, connecting included. */
  readonly timeout: number;
  /** Bytes that the answer may have. */
  readonly limit: number;
  readonly agent: http.Agent;
}

export interface Answered {
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

const SETTINGS = {
  url: 'flow.server',
  key: 'flow.server_key_file or MELLM_FLOW_SERVER_KEY',
  model: 'flow.server, flow.server_model and flow.server_version',
  large: 'lower flow.max_batch',
};

const CODES: Readonly<Record<FaultKind, FlowServerErrorCode>> = {
  aborted: 'flow_server_timeout',
  connect_timeout: 'flow_server_timeout',
  unreachable: 'flow_server_unreachable',
  cut: 'flow_server_cut',
  refused: 'flow_server_refused',
  overloaded: 'flow_server_overloaded',
  failed: 'flow_server_failed',
};
/** Milliseconds after which the same may succeed, where the server does not say. */
const WAITS: Partial<Record<FaultKind, number>> = { unreachable: 500, cut: 500, overloaded: 1000, failed: 1000 };

/**
 * Sends a request and resolves with the whole body of a 2xx answer. Where the server closed a kept connection under it, it is sent once
 * more: inference is idempotent.
 *
 * @throws {FlowServerError} `flow_server_unreachable`, `_timeout`, `_cut`, `_refused`, `_failed`, `_overloaded`, `_too_long`, `_garbage`.
 */
export async function exchange(url: URL, options: ExchangeOptions): Promise<Answered> {
  const signal = AbortSignal.timeout(Math.ceil(options.timeout));
  try {
    return await once(url, options, signal).catch((error: unknown) => {
      if (error instanceof ModelServerFault && error.stale) return once(url, options, signal);
      throw error;
    });
  } catch (error) {
    if (!(error instanceof ModelServerFault)) throw error;
    throw new FlowServerError(
      CODES[error.kind],
      error.kind === 'aborted' ? late(url.host, options.timeout, error.connected) : error.message,
      {
        cause: error.status ?? error.cause,
        retryAfter: error.retryAfter ?? WAITS[error.kind],
      },
    );
  }
}

async function once(
  url: URL,
  { method, headers, body, key, timeout, agent, limit }: ExchangeOptions,
  signal: AbortSignal,
): Promise<Answered> {
  const { host } = url;
  const response = await request(url, {
    method,
    key,
    agent,
    signal,
    settings: SETTINGS,
    ...(body ? { body } : {}),
    // What is compressed could be any size.
    headers: { ...headers, accept: 'application/json, application/octet-stream', 'accept-encoding': 'identity' },
  });
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    if (Number(response.headers['content-length'] ?? 0) > limit) throw tooLong(host, limit);
    if ((response.headers['content-encoding'] ?? 'identity') !== 'identity') {
      throw new FlowServerError(
        'flow_server_garbage',
        `${host} compresses its answer although the request forbids it; disable compression there (or in a proxy)`,
      );
    }
    for await (const chunk of response as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > limit) throw tooLong(host, limit);
      chunks.push(chunk);
    }
    return { headers: response.headers, body: Buffer.concat(chunks, length) };
  } catch (cause) {
    response.destroy();
    if (cause instanceof FlowServerError) throw cause;
    if (signal.aborted) throw new FlowServerError('flow_server_timeout', late(host, timeout, true), { cause });
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new FlowServerError(
      'flow_server_cut',
      `${host} closed the connection in the middle of its answer (${code ?? message}); its log may say why`,
      { cause, retryAfter: 500 },
    );
  }
}

function late(host: string, timeout: number, connected: boolean): string {
  return connected
    ? `${host} had not answered after ${String(Math.round(timeout))} ms; raise flow.server_timeout_ms if it is only slow`
    : `no connection to ${host} after ${String(Math.round(timeout))} ms; check flow.server and the network`;
}

function tooLong(host: string, limit: number): FlowServerError {
  return new FlowServerError(
    'flow_server_too_long',
    `${host} returned more than ${String(limit)} bytes, the maximum of an answer; does it speak the Open Inference Protocol?`,
  );
}
