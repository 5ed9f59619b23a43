import type { LoadCause } from '../health/overload.js';
import type { Problem } from './problem.js';

/** Why a new session is refused. */
export type Refusal = 'full' | 'draining' | 'overloaded';

const CAUSES: Readonly<Record<LoadCause, string>> = {
  event_loop_lag: 'event loop lag',
  queue_wait: 'frames wait too long for analysis',
  cpu: 'CPU saturated',
};

/** The response to a refused publisher, and of `/readyz`. */
export function refusalProblem(refusal: Refusal, cause?: LoadCause): Problem {
  const details = {
    full: { retryAfter: 10, detail: 'the server is full; try again later, or raise server.max_sessions' },
    draining: { retryAfter: 30, detail: 'the server is shutting down' },
    overloaded: {
      retryAfter: 15,
      detail: `the server is overloaded (${cause === undefined ? 'unknown cause' : CAUSES[cause]}); try again later, or adjust the settings under overload`,
    },
  };
  return { status: 503, title: 'Service Unavailable', code: refusal, ...details[refusal] };
}

/** This process takes no publishers, and no other one has capacity. */
export const NO_ROOM = {
  status: 503,
  title: 'Service Unavailable',
  code: 'full',
  retryAfter: 10,
  detail: 'all processes are full; try again later, or start another process with the role ingest',
} as const satisfies Problem;

/** Every media process of this server has just died. */
export const MEDIA_STARTING = {
  status: 503,
  title: 'Service Unavailable',
  code: 'media_starting',
  retryAfter: 2,
  detail: 'the media processes are restarting',
} as const satisfies Problem;

export const BUS_AWAY = {
  status: 503,
  title: 'Service Unavailable',
  code: 'bus_unreachable',
  detail: 'NATS is unreachable',
  retryAfter: 5,
} as const satisfies Problem;
