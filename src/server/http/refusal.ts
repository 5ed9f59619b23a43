import type { LoadCause } from '../health/overload.js';
import type { Problem } from './problem.js';

/** Why a session can't be taken now. */
export type Refusal = 'full' | 'draining' | 'overloaded';

const CAUSES: Readonly<Record<LoadCause, string>> = {
  event_loop_lag: "the server's main loop is late",
  queue_wait: 'frames wait too long to be analysed',
  cpu: 'the processor is fully used',
};

/** The answer to who asks for a place, or whether there is one. */
export function refusalProblem(refusal: Refusal, cause?: LoadCause): Problem {
  const details = {
    full: { retryAfter: 10, detail: 'all places are taken; try again later, or raise server.max_sessions' },
    draining: { retryAfter: 30, detail: 'the server is shutting down' },
    overloaded: {
      retryAfter: 15,
      detail: `the sessions that run need all there is (${cause === undefined ? 'overload' : CAUSES[cause]}); try again later, or see the settings under overload`,
    },
  };
  return { status: 503, title: 'Service Unavailable', code: refusal, ...details[refusal] };
}

/** A process without publishers of its own found none that has room. */
export const NO_ROOM = {
  status: 503,
  title: 'Service Unavailable',
  code: 'full',
  retryAfter: 10,
  detail: 'all places are taken; try again later, or start another process with the role ingest',
} as const satisfies Problem;

/** Every media process of this server died just now. */
export const MEDIA_STARTING = {
  status: 503,
  title: 'Service Unavailable',
  code: 'media_starting',
  retryAfter: 2,
  detail: 'the media processes are being started again',
} as const satisfies Problem;

/** The bus is what the processes of an installation live by. */
export const BUS_AWAY = {
  status: 503,
  title: 'Service Unavailable',
  code: 'bus_unreachable',
  detail: 'NATS is away',
  retryAfter: 5,
} as const satisfies Problem;
