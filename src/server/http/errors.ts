import type { Hono } from 'hono';
import { StoreError } from '../../store/mod.js';
import { LogThrottle, type Logger } from '../../telemetry/mod.js';
import { ProblemError, problemResponse, type Problem } from './problem.js';
import type { Refusals } from './refusals.js';

/** Milliseconds between two log lines on aborted requests. */
const ABORTED_LOG_INTERVAL_MS = 10_000;

/** Answers whatever no route answers: unknown addresses, and errors thrown in handlers. */
export function answerErrors(app: Hono, refusals: Refusals, log: Logger): void {
  const aborted = new LogThrottle(ABORTED_LOG_INTERVAL_MS);
  app.notFound((context) => problemResponse(context, UNKNOWN_ADDRESS));
  app.onError((error, context) => {
    if (error instanceof ProblemError) {
      const { problem, cause } = error;
      refusals.problem(problem.code);
      if (problem.code === 'aborted' && aborted.pass('aborted') !== undefined) log.info('request aborted by its client');
      if (problem.status >= 500 && cause) log.error({ err: cause }, problem.code);
      return problemResponse(context, problem);
    }
    if (error instanceof StoreError) {
      log.error({ err: error }, 'store request failed');
      return problemResponse(context, storeFailed(error));
    }
    log.error({ err: error }, 'request failed');
    return problemResponse(context, INTERNAL);
  });
}

const UNKNOWN_ADDRESS: Problem = { status: 404, title: 'Not Found', code: 'not_found', detail: 'nothing is served at this address' };

const INTERNAL: Problem = {
  status: 500,
  title: 'Internal Server Error',
  code: 'internal',
  detail: "the request failed; see the server's log for the cause",
};

const storeFailed = ({ code, message }: StoreError): Problem => ({
  status: 503,
  title: 'Service Unavailable',
  code,
  retryAfter: 10,
  detail: `stored findings are unavailable: ${message}`,
});
