import type * as http from 'node:http';
import { ModelServerFault, request, type FaultKind } from '../../runtime/model-server/request.js';
import { LlmError, type LlmErrorCode } from '../llm-error.js';

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

/** What may be wrong where a server refuses. */
export const SETTINGS = { url: 'llm.url', key: 'llm.key_file or MELLM_LLM_KEY', model: 'llm.url and llm.model' };

const CODES: Readonly<Record<FaultKind, LlmErrorCode>> = {
  aborted: 'llm_aborted',
  connect_timeout: 'llm_connect_timeout',
  unreachable: 'llm_unreachable',
  cut: 'llm_cut',
  refused: 'llm_refused',
  overloaded: 'llm_overloaded',
  failed: 'llm_server_failed',
};
/** Milliseconds after which the same may succeed, where the server does not say. */
const WAITS: Partial<Record<FaultKind, number>> = { unreachable: 500, overloaded: 0, failed: 0 };

/**
 * Sends a request and resolves when the head of a 2xx answer is in.
 *
 * @throws LlmError `llm_unreachable`, `llm_connect_timeout`, `llm_overloaded` (429, 503; with `retryAfter`), `llm_refused` (3xx, other
 * 4xx),
 * `llm_server_failed` (other 5xx), `llm_cut` where the connection broke before a head, `llm_aborted` where the signal said so.
 */
export async function post(url: URL, { body, ...options }: PostOptions): Promise<Posted> {
  try {
    const response = await request(url, {
      ...options,
      method: 'POST',
      body: [body],
      settings: SETTINGS,
      headers: { 'content-type': 'application/json', accept: 'text/event-stream, application/json' },
    });
    return {
      contentType: response.headers['content-type'] ?? '',
      body: bodyOf(response, url.host),
      destroy: () => {
        response.destroy();
      },
    };
  } catch (error) {
    if (!(error instanceof ModelServerFault)) throw error;
    throw new LlmError(CODES[error.kind], error.message, { cause: error, retryAfter: error.retryAfter ?? WAITS[error.kind] });
  }
}

async function* bodyOf(response: http.IncomingMessage, host: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of response) yield chunk as Uint8Array;
  } catch (cause) {
    throw cause instanceof LlmError ? cause : new LlmError('llm_cut', `${host} stopped in the middle of its answer`, { cause });
  }
}
