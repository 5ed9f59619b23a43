import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** A refusal in RFC 9457's form. `code` is stable; `detail` says the cause and the fix. */
export interface Problem {
  readonly status: ContentfulStatusCode;
  readonly title: string;
  readonly detail: string;
  readonly code: string;
  /** Seconds after which a retry may succeed. */
  readonly retryAfter?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown in a handler, answered by the server's error handler. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;

  constructor(problem: Problem, cause?: unknown) {
    super(problem.detail, { cause });
    this.problem = problem;
  }
}

export function problemBody({ status, title, detail, code }: Problem): string {
  return JSON.stringify({ type: `urn:mellm-live:problem:${code}`, title, status, detail, code });
}

export function problemResponse(context: Context, problem: Problem): Response {
  return context.body(problemBody(problem), problem.status, {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    ...(problem.retryAfter === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(problem.retryAfter))) }),
    ...problem.headers,
  });
}

export const badRequest = (code: string, detail: string): ProblemError =>
  new ProblemError({ status: 400, title: 'Bad Request', code, detail });

export const notFound = (what: string): ProblemError =>
  new ProblemError({
    status: 404,
    title: 'Not Found',
    code: 'not_found',
    detail: `${what} not found; it may have been erased or never existed`,
  });

/** A token that is bound to one session name was used with another. */
export const SESSION_NOT_ALLOWED: Problem = {
  status: 403,
  title: 'Forbidden',
  code: 'session_not_allowed',
  detail: 'this token is bound to one session name; it cannot publish under another',
};
