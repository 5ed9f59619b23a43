/** An answer that was not what was asked for, in the server's words where it gave any (RFC 9457). */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code: string;
  /** HTTP status; 0 where no answer came. */
  readonly status: number;
  /** Milliseconds that the server asks to wait, from Retry-After. */
  readonly retryAfter: number | undefined;

  constructor(message: string, options: { code: string; status: number; retryAfter?: number | undefined; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.code = options.code;
    this.status = options.status;
    this.retryAfter = options.retryAfter;
  }

  /** False where the same request would be refused again. */
  get mayRetry(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

interface ProblemBody {
  readonly title?: string;
  readonly detail?: string;
  readonly code?: string;
}

/** The parts of a problem's body that are text of a sensible length; a proxy may have written it. */
function problemBody(value: unknown): ProblemBody {
  if (typeof value !== 'object' || value === null) return {};
  const { title, detail, code } = value as Record<string, unknown>;
  const text = (part: unknown, most: number): part is string => typeof part === 'string' && part.length <= most;
  return {
    ...(text(title, 500) ? { title } : {}),
    ...(text(detail, 2000) ? { detail } : {}),
    ...(text(code, 64) ? { code } : {}),
  };
}

/** Retry-After in milliseconds: seconds or an HTTP date. @param now milliseconds since the epoch */
export function parseRetryAfter(value: string | null, now: number): number | undefined {
  if (value === null || value.trim() === '') return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Reads a response that is not `ok`. Never throws: a body that can't be read leaves the status line. */
export async function readProblem(response: Response): Promise<ProblemError> {
  const retryAfter = parseRetryAfter(response.headers.get('retry-after'), Date.now());
  const plain = `The server answered ${String(response.status)}${response.statusText ? ` ${response.statusText}` : ''}.`;
  const isJson = /[/+]json\b/.test(response.headers.get('content-type') ?? '');
  const body = isJson ? problemBody(await response.json().catch(() => undefined)) : {};
  return new ProblemError(body.detail ?? body.title ?? plain, { code: body.code ?? 'http', status: response.status, retryAfter });
}

/** `fetch` that throws {@link ProblemError} for every failure, with or without an answer. */
export async function fetchOk(url: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ProblemError("The server can't be reached.", { code: 'unreachable', status: 0, cause });
  }
  if (!response.ok) throw await readProblem(response);
  return response;
}
