import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** A refusal in RFC 9457's form. `code` is stable; `detail` says what went wrong and what mends it. */
export interface Problem {
  readonly status: ContentfulStatusCode;
  readonly title: string;
  readonly detail: string;
  readonly code: string;
  /** Seconds after which trying again may help. */
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

/** The body of a problem. */
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

export const notFound = (what: string): ProblemError =>
  new ProblemError({
    status: 404,
    title: 'Not Found',
    code: 'not_found',
    detail: `there is no ${what} here; it may have been erased or never existed`,
  });
