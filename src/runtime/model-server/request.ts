import * as http from 'node:http';
import * as https from 'node:https';
import { proxied } from '../../common/proxy-agent.js';
import { retryAfter } from '../../common/retry-after.js';

/** A request to a server that runs a model. */
export interface ModelRequest {
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: readonly (Uint8Array | string)[];
  /** Sent as a bearer token. */
  readonly key: string | undefined;
  readonly agent: http.Agent;
  /** Gives the request up, and what of its answer has not been read. */
  readonly signal: AbortSignal;
  /** Milliseconds until the connection (TLS included) stands. Default: as long as the signal lets it. */
  readonly connectTimeout?: number;
  /** Settings that may be wrong, for errors. */
  readonly settings: {
    readonly url: string;
    readonly key: string;
    readonly model: string;
    /** What makes requests smaller. */ readonly large?: string;
  };
}

/**
 * `aborted`: the signal said so. `refused`: 3xx or 4xx. `overloaded`: 429 or 503. `failed`: another 5xx, or 408. `cut`: the connection
 * broke before a head.
 */
export type FaultKind = 'aborted' | 'connect_timeout' | 'unreachable' | 'cut' | 'refused' | 'overloaded' | 'failed';

interface FaultOptions {
  readonly cause?: unknown;
  readonly status?: number;
  readonly detail?: string;
  readonly retryAfter?: number | undefined;
  readonly connected?: boolean;
  readonly stale?: boolean;
}

/** Why there is no answer; who asked tells it as an error of its own. */
export class ModelServerFault extends Error {
  override readonly name = 'ModelServerFault';
  readonly kind: FaultKind;
  /** Of the answer, where there was one. */
  readonly status: number | undefined;
  /** What the server says of it, up to 4 KiB. */
  readonly detail: string;
  /** Milliseconds that the server asks for, by `Retry-After`. */
  readonly retryAfter: number | undefined;
  /** Whether a connection stood. */
  readonly connected: boolean;
  /** The server closed a kept connection as the request went out on it: the request may go out once more (RFC 9110, section 9.2.2). */
  readonly stale: boolean;

  constructor(
    kind: FaultKind,
    message: string,
    { cause, status, detail = '', retryAfter: asked, connected = true, stale = false }: FaultOptions = {},
  ) {
    super(message, { cause });
    this.kind = kind;
    this.status = status;
    this.detail = detail;
    this.retryAfter = asked;
    this.connected = connected;
    this.stale = stale;
  }
}

/** Bytes of a refusal's body that are read, and the milliseconds that it may take. */
const MOST_REASON = 4096;
const REASON_TIME = 1000;

/**
 * Sends a request and resolves when the head of a 2xx answer is in; its body is the caller's to read. Redirects are not followed: the
 * key would go with them.
 *
 * @throws {ModelServerFault}
 */
export function request(url: URL, options: ModelRequest): Promise<http.IncomingMessage> {
  const { method, headers, body = [], key, agent, signal, connectTimeout, settings } = options;
  // A proxy may answer in the server's stead.
  const host = `${url.host}${proxied(url)}`;
  return new Promise((resolve, reject) => {
    const sent = (url.protocol === 'https:' ? https : http).request(url, {
      method,
      agent,
      signal,
      headers: {
        ...headers,
        'content-length': body.reduce((sum, part) => sum + Buffer.byteLength(part), 0),
        'user-agent': 'mellm-live',
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      },
    });
    const connection = watchConnection(sent, connectTimeout, host);
    sent.on('error', (cause: NodeJS.ErrnoException) => {
      connection.stop();
      reject(faultOf(cause, { host, signal, connected: connection.established, reused: sent.reusedSocket, setting: settings.url }));
    });
    sent.on('response', (response) => {
      const status = response.statusCode ?? 0;
      if (status >= 200 && status < 300) {
        resolve(response);
        return;
      }
      void reasonOf(response).then((reason) => {
        if (!response.complete) sent.destroy();
        reject(refusal(host, status, reason, response.headers['retry-after'], settings));
      });
    });
    for (const part of body) sent.write(part);
    sent.end();
  });
}

interface ConnectionWatch {
  readonly established: boolean;
  stop(): void;
}

/** Destroys the request if its connection is not established within `timeout` milliseconds; undefined: no limit. */
function watchConnection(sent: http.ClientRequest, timeout: number | undefined, host: string): ConnectionWatch {
  let established = false;
  let timer: NodeJS.Timeout | undefined;
  if (timeout !== undefined) {
    timer = setTimeout(() => {
      sent.destroy(new ModelServerFault('connect_timeout', `no connection to ${host} within ${String(timeout)} ms`, { connected: false }));
    }, timeout);
  }
  const onEstablished = (): void => {
    established = true;
    clearTimeout(timer);
  };
  sent.on('socket', (socket) => {
    if (!socket.connecting) onEstablished();
    else socket.once(sent.protocol === 'https:' ? 'secureConnect' : 'connect', onEstablished);
  });
  return {
    get established() {
      return established;
    },
    stop: () => {
      clearTimeout(timer);
    },
  };
}

interface FaultContext {
  readonly host: string;
  readonly signal: AbortSignal;
  readonly connected: boolean;
  /** The connection had served another request before. */
  readonly reused: boolean;
  /** Name of the setting that holds the URL. */
  readonly setting: string;
}

/** Why a request got no head of an answer. */
function faultOf(cause: NodeJS.ErrnoException, { host, signal, connected, reused, setting }: FaultContext): ModelServerFault {
  if (cause instanceof ModelServerFault) return cause;
  if (signal.aborted) return new ModelServerFault('aborted', 'request aborted', { cause: signal.reason, connected });
  const why = cause.code ?? cause.message;
  if (connected) {
    const stale = reused && (why === 'ECONNRESET' || why === 'EPIPE');
    return new ModelServerFault('cut', `${host} closed the connection (${why}); its log may say why`, { cause, stale });
  }
  const message = `cannot reach ${host} (${why}); is the server running, and is ${setting} right?`;
  return new ModelServerFault('unreachable', message, { cause, connected });
}

async function reasonOf(response: http.IncomingMessage): Promise<string> {
  let text = '';
  const timer = setTimeout(() => response.destroy(), REASON_TIME);
  try {
    for await (const chunk of response) {
      text += String(chunk);
      if (text.length > MOST_REASON) break;
    }
  } catch {
    /* what came is enough */
  } finally {
    clearTimeout(timer);
  }
  return text.slice(0, MOST_REASON);
}

/** Errors are `{"error": "..."}` (Open Inference Protocol) or `{"error": {"message": "..."}}` (OpenAI); a proxy's may be anything. */
function told(body: string): string {
  try {
    const { error } = JSON.parse(body) as { error?: unknown };
    const message = (error as { message?: unknown } | null | undefined)?.message ?? error;
    if (typeof message === 'string') return message;
  } catch {
    /* then it is as it is */
  }
  return body;
}

function refusal(
  host: string,
  status: number,
  detail: string,
  header: string | undefined,
  settings: ModelRequest['settings'],
): ModelServerFault {
  const reason = told(detail)
    .replace(/\p{Cc}|\s+/gu, ' ')
    .trim()
    .slice(0, 200);
  const text = `${host} answered ${String(status)}${reason === '' ? '' : `: ${reason}`}`;
  if (status === 429 || status === 503) return new ModelServerFault('overloaded', text, { status, detail, retryAfter: retryAfter(header) });
  if (status >= 500 || status === 408) return new ModelServerFault('failed', text, { status, detail });
  const fix =
    status === 401 || status === 403
      ? `; check ${settings.key}`
      : status === 407
        ? '; check the user and password in HTTP_PROXY or HTTPS_PROXY'
        : status === 404
          ? `; check ${settings.model}`
          : status === 413 && settings.large !== undefined
            ? `; it accepts smaller requests only: ${settings.large}, or raise its limit`
            : status < 400
              ? `; redirects are not followed: set ${settings.url} to the final address`
              : '';
  return new ModelServerFault('refused', `${text}${fix}`, { status, detail });
}
