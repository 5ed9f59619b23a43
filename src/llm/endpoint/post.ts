import * as http from 'node:http';
import * as https from 'node:https';
import { LlmError } from '../llm-error.js';
import { retryAfter } from './retry-after.js';

/** A POST whose answer streams. */
export interface PostOptions {
  readonly body: string;
  readonly key: string | undefined;
  /** Milliseconds until the connection (TLS included) stands. */
  readonly connectTimeout: number;
  readonly signal: AbortSignal;
  readonly agent: http.Agent;
}

/** A successful answer's body. */
export interface Posted {
  readonly contentType: string;
  readonly body: AsyncIterable<Uint8Array>;
  /** Ends the connection; nothing more is read. */
  destroy(): void;
}

/** Bytes of an error's body that are looked at. */
const MAX_REASON = 4096;

/**
 * Sends a request and resolves when the head of a 2xx answer is in. Redirects are not followed: the key would go with them.
 *
 * @throws LlmError `llm_unreachable`, `llm_connect_timeout`, `llm_overloaded` (429, 503; with `retryAfter`), `llm_refused` (other 4xx),
 * `llm_server_failed` (other 5xx), `llm_cut` where the connection broke before a head.
 */
export function post(url: URL, options: PostOptions): Promise<Posted> {
  const { body, key, signal, agent } = options;
  return new Promise((resolve, reject) => {
    if (signal.aborted) { reject(new LlmError('llm_aborted', 'given up before it was sent', { cause: signal.reason })); return; }
    const request = (url.protocol === 'https:' ? https : http).request(url, {
      method: 'POST', agent,
      headers: {
        'content-type': 'application/json', 'content-length': Buffer.byteLength(body), 'accept': 'text/event-stream, application/json', 'user-agent': 'mellm-live',
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      },
    });
    let connected = false;
    const timer = setTimeout(() => {
      if (!connected) request.destroy(new LlmError('llm_connect_timeout', `no connection to ${url.host} within ${String(options.connectTimeout)} ms`));
    }, options.connectTimeout);
    const stands = (): void => { connected = true; clearTimeout(timer); };
    const aborted = (): void => { request.destroy(new LlmError('llm_aborted', 'given up', { cause: signal.reason })); };
    signal.addEventListener('abort', aborted, { once: true });
    const settle = (): void => { clearTimeout(timer); signal.removeEventListener('abort', aborted); };
    request.on('socket', (socket) => {
      if (!socket.connecting) stands();
      else socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', stands);
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      settle();
      reject(error instanceof LlmError ? error : connected
        ? new LlmError('llm_cut', `${url.host} closed the connection (${error.code ?? error.message})`, { cause: error })
        : new LlmError('llm_unreachable', `${url.host} can't be reached (${error.code ?? error.message}); is the server running, and is llm.url right?`, { cause: error, retryAfter: 500 }));
    });
    request.on('response', (response) => {
      const status = response.statusCode ?? 0;
      if (status >= 200 && status < 300) {
        response.once('close', settle);
        resolve({ contentType: response.headers['content-type'] ?? '', body: bodyOf(response, url.host), destroy: () => { response.destroy(); } });
        return;
      }
      void reasonOf(response).then((reason) => { settle(); request.destroy(); reject(refusal(url.host, status, response.headers['retry-after'], reason)); });
    });
    request.end(body);
  });
}

async function* bodyOf(response: http.IncomingMessage, host: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of response) yield chunk as Uint8Array;
  } catch (cause) {
    throw cause instanceof LlmError ? cause : new LlmError('llm_cut', `${host} broke off its answer`, { cause });
  }
}

async function reasonOf(response: http.IncomingMessage): Promise<string> {
  let text = '';
  const timer = setTimeout(() => response.destroy(), 1000);
  try {
    for await (const chunk of response) {
      text += String(chunk);
      if (text.length > MAX_REASON) break;
    }
  } catch { /* what came is enough */ } finally { clearTimeout(timer); }
  return text.slice(0, MAX_REASON);
}

function refusal(host: string, status: number, header: string | undefined, body: string): LlmError {
  const reason = `${host} answers ${String(status)}${body === '' ? '' : `: ${body.slice(0, 200).replace(/\p{Cc}|\s+/gu, ' ')}`}`;
  if (status === 429 || status === 503) return new LlmError('llm_overloaded', reason, { retryAfter: retryAfter(header) ?? 0, cause: status });
  if (status >= 500 || status === 408) return new LlmError('llm_server_failed', reason, { retryAfter: 0, cause: status });
  const mend = status === 401 || status === 403 ? '; check llm.key_file or MELLM_LLM_KEY' : status === 404 ? '; check llm.url and llm.model' : '';
  return new LlmError('llm_refused', `${reason}${mend}`, { cause: status });
}
