import * as http from 'node:http';
import * as https from 'node:https';
import { FlowServerError } from './server-error.js';

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

/** Bytes of a refusal's body that are read. */
const MAX_REASON = 4096;

/**
 * Sends a request and resolves with the whole body of a 2xx answer. Redirects are not followed: the key would go with them.
 *
 * A server may close a kept connection at the very moment that a request goes out on it; such a request is sent once more on a new one
 * (RFC 9110, section 9.2.2: inference is idempotent).
 *
 * @throws {FlowServerError} `flow_server_unreachable`, `_timeout`, `_cut`, `_refused`, `_failed`, `_overloaded`, `_too_long`, `_garbage`.
 */
export async function exchange(url: URL, options: ExchangeOptions): Promise<Answered> {
  const deadline = performance.now() + options.timeout;
  const stale = { connection: false };
  try {
    return await once(url, options, deadline, stale);
  } catch (error) {
    if (!stale.connection) throw error;
    return once(url, options, deadline, stale);
  }
}

function once(url: URL, options: ExchangeOptions, deadline: number, stale: { connection: boolean }): Promise<Answered> {
  const { host } = url;
  const { method, headers = {}, body = [], key, timeout, agent } = options;
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? https : http).request(url, {
      method, agent,
      headers: {
        ...headers, 'content-length': body.reduce((sum, { byteLength }) => sum + byteLength, 0), 'accept': 'application/json, application/octet-stream',
        // What is compressed could be any size.
        'accept-encoding': 'identity', 'user-agent': 'mellm-live', ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      },
    });
    let connected = false;
    let settled = false;
    const settle = (done: () => void): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      done();
    };
    const fail = (error: FlowServerError): void => { settle(() => { request.destroy(); reject(error); }); };
    const timer = setTimeout(() => {
      fail(connected
        ? new FlowServerError('flow_server_timeout', `${host} had not answered after ${String(Math.round(timeout))} ms; raise flow.server_timeout_ms if it is only slow`)
        : new FlowServerError('flow_server_timeout', `no connection to ${host} after ${String(Math.round(timeout))} ms; is flow.server right, and the way to it open?`));
    }, Math.max(0, deadline - performance.now()));
    request.on('socket', (socket) => {
      if (!socket.connecting) connected = true;
      else socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => { connected = true; });
    });
    const broke = (cause: NodeJS.ErrnoException): void => {
      fail(connected
        ? new FlowServerError('flow_server_cut', `${host} closed the connection before its answer was whole (${cause.code ?? cause.message}); its log may say why`, { cause, retryAfter: 500 })
        : new FlowServerError('flow_server_unreachable', `${host} can't be reached (${cause.code ?? cause.message}); is the server running, and is flow.server right?`, { cause, retryAfter: 500 }));
    };
    request.on('error', (error: NodeJS.ErrnoException) => {
      stale.connection = !settled && request.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(error.code ?? '');
      broke(error);
    });
    request.on('response', (response) => {
      const status = response.statusCode ?? 0;
      const fine = status >= 200 && status < 300;
      const limit = fine ? options.limit : MAX_REASON;
      const chunks: Buffer[] = [];
      let length = 0;
      const end = (): void => {
        settle(() => {
          const whole = Buffer.concat(chunks, Math.min(length, limit));
          if (fine) resolve({ headers: response.headers, body: whole });
          else { if (!response.complete) request.destroy(); reject(refusal(host, status, whole.toString())); }
        });
      };
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        chunks.push(chunk);
        if (length <= limit) return;
        if (fine) fail(tooLong(host, limit));
        else end();
      });
      response.on('end', () => { if (response.complete) end(); });
      // Also after `end`, when it is too late for either.
      const ended = (cause: Error): void => { if (fine) broke(cause); else end(); };
      response.on('error', ended);
      response.on('close', () => { ended(new Error('connection lost')); });
      if (fine && Number(response.headers['content-length'] ?? 0) > limit) fail(tooLong(host, limit));
      else if (fine && (response.headers['content-encoding'] ?? 'identity') !== 'identity') {
        fail(new FlowServerError('flow_server_garbage', `${host} compresses its answer although it was asked not to; turn that off where it is done (a proxy?)`));
      }
    });
    for (const part of body) request.write(part);
    request.end();
  });
}

function tooLong(host: string, limit: number): FlowServerError {
  return new FlowServerError('flow_server_too_long', `${host} answers with more than the ${String(limit)} bytes that an answer can have; is flow.server a server of the Open Inference Protocol?`);
}

function refusal(host: string, status: number, body: string): FlowServerError {
  const text = `${host} answers ${String(status)}${body === '' ? '' : `: ${reason(body)}`}`;
  if (status === 429 || status === 503) return new FlowServerError('flow_server_overloaded', text, { cause: status, retryAfter: 1000 });
  if (status >= 500 || status === 408) return new FlowServerError('flow_server_failed', text, { cause: status, retryAfter: 1000 });
  const mend = status === 401 || status === 403 ? '; check flow.server_key_file or MELLM_FLOW_SERVER_KEY'
    : status === 404 ? '; check flow.server, flow.server_model and flow.server_version'
      : status === 413 ? '; it takes smaller requests only: lower flow.max_batch, or raise its limit'
        : status < 400 ? '; redirects are not followed: name the address itself in flow.server' : '';
  return new FlowServerError('flow_server_refused', `${text}${mend}`, { cause: status });
}

/** The protocol's errors are `{"error": "..."}`; a proxy's may be anything. */
function reason(body: string): string {
  let text = body;
  try {
    const { error } = JSON.parse(body) as { error?: unknown };
    if (typeof error === 'string') text = error;
  } catch { /* then it is as it is */ }
  return text.replace(/\p{Cc}|\s+/gu, ' ').trim().slice(0, 200);
}
