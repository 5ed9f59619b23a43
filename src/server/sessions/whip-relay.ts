import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { SignallingRequest, SignallingResponse, Signalling } from '../../cluster/mod.js';
import type { Metrics } from '../../telemetry/mod.js';
import { ProblemError, type Problem } from '../http/problem.js';
import type { Publications, Published, PublishRequest, Resources } from './publications.js';
import { BUS_AWAY } from '../http/refusal.js';

export interface WhipRelayOptions {
  readonly signalling: Pick<Signalling, 'connected' | 'tag' | 'tagOf' | 'named' | 'leastLoaded' | 'ask' | 'serve'>;
  readonly metrics: Pick<Metrics, 'whipPassedOn'>;
  /** The publishers of this process. */
  readonly publications: Publications;
}

/** Processes asked per publisher: the load that is known of each is some seconds old. */
const MAX_ATTEMPTS = 3;
/** Milliseconds for another process to accept a publisher, which includes gathering ICE candidates. */
const BEGIN_TIMEOUT_MS = 10_000;
/** Milliseconds for a request to an existing resource. */
const RESOURCE_TIMEOUT_MS = 5000;

/**
 * Relays WHIP signalling to other processes. A page can connect to its own server only and must not send its token elsewhere: that
 * server forwards the signalling, while media goes directly to the process that runs the session. Every process can do so, since the
 * resource's path names the process beside the secret.
 */
export class WhipRelay {
  readonly #options: WhipRelayOptions;

  constructor(options: WhipRelayOptions) {
    this.#options = options;
    for (const method of ['post', 'patch', 'delete'])
      for (const outcome of ['answered', 'refused', 'unreachable']) options.metrics.whipPassedOn.inc({ method, outcome }, 0);
    options.signalling.serve((request) => handle(options.publications, request));
  }

  /** Tag of this process in the path of its resources. */
  get tag(): string {
    return this.#options.signalling.tag;
  }

  /**
   * Starts a publisher's session at the least loaded process; at the next one if that refuses, is dead or does not answer.
   *
   * @param full why this process refuses: the response if the others are full as well
   * @throws ProblemError
   */
  async begin(publish: PublishRequest, full: Problem): Promise<Published> {
    const { signalling } = this.#options;
    if (!signalling.connected) throw new ProblemError(BUS_AWAY);
    const asked = new Set<string>();
    let problem = full;
    while (asked.size < MAX_ATTEMPTS) {
      const node = signalling.leastLoaded(asked);
      if (node === undefined) break;
      asked.add(node);
      const answer = await this.#ask('post', node, { v: 1, do: 'begin', ...publish }, BEGIN_TIMEOUT_MS).catch(() => undefined);
      if (answer?.is === 'begun') return { ...answer, tag: signalling.tagOf(node) };
      if (answer?.is === 'refused') {
        problem = problemOf(answer);
        if (problem.status < 500) break;
      } else {
        // It may still start the session, which the publisher no longer wants.
        void signalling.ask(node, { v: 1, do: 'end', key: publish.key, by: { identity: {} } }, RESOURCE_TIMEOUT_MS).catch(() => undefined);
      }
    }
    throw new ProblemError(problem);
  }

  /** The resources of the process that a path names; undefined if that is unknown, or this one. */
  resources(tag: string, method: 'patch' | 'delete'): Resources | undefined {
    const { signalling } = this.#options;
    const node = tag === signalling.tag ? undefined : signalling.named(tag);
    if (node === undefined) return undefined;
    return {
      has: async (key, by) => {
        const answer = await this.#ask(method, node, { v: 1, do: 'find', key, by }, RESOURCE_TIMEOUT_MS);
        return answer.is === 'found' ? answer.found : refused(answer);
      },
      trickle: async (key, by, fragment, ifMatch) => {
        const answer = await this.#ask(
          method,
          node,
          { v: 1, do: 'trickle', key, by, fragment, ...(ifMatch === undefined ? {} : { if_match: ifMatch }) },
          RESOURCE_TIMEOUT_MS,
        );
        return answer.is === 'trickled' ? answer : refused(answer);
      },
      end: async (key, by) => {
        const answer = await this.#ask(method, node, { v: 1, do: 'end', key, by }, RESOURCE_TIMEOUT_MS);
        if (answer.is !== 'ended') refused(answer);
      },
    };
  }

  async #ask(method: 'post' | 'patch' | 'delete', node: string, request: SignallingRequest, timeout: number): Promise<SignallingResponse> {
    const { signalling, metrics } = this.#options;
    try {
      const answer = await signalling.ask(node, request, timeout);
      // `find` precedes the actual request, which is what counts.
      if (request.do !== 'find') metrics.whipPassedOn.inc({ method, outcome: answer.is === 'refused' ? 'refused' : 'answered' });
      return answer;
    } catch (cause) {
      metrics.whipPassedOn.inc({ method, outcome: 'unreachable' });
      throw new ProblemError(GONE, cause);
    }
  }
}

const GONE: Problem = {
  status: 503,
  title: 'Service Unavailable',
  code: 'publisher_unreachable',
  retryAfter: 5,
  detail: 'the process that runs this WHIP session does not respond; try again, or POST a new offer to /whip',
};

/** Handles a request of another process. */
async function handle(publications: Publications, request: SignallingRequest): Promise<SignallingResponse> {
  try {
    if (request.do === 'begin') {
      const { answer, etag, session, links } = await publications.begin(request);
      return { is: 'begun', answer, etag, session, links: [...links] };
    }
    if (request.do === 'find') return { is: 'found', found: await publications.has(request.key, request.by) };
    if (request.do === 'end') {
      await publications.end(request.key, request.by);
      return { is: 'ended' };
    }
    const { body, etag } = await publications.trickle(request.key, request.by, request.fragment, request.if_match);
    return { is: 'trickled', etag, ...(body === undefined ? {} : { body }) };
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const { status, title, code, detail, retryAfter } = error.problem;
    return {
      is: 'refused',
      status,
      title,
      code,
      detail: detail.slice(0, 2000),
      ...(retryAfter === undefined ? {} : { retry_after: retryAfter }),
    };
  }
}

function problemOf({ status, title, code, detail, retry_after: retryAfter }: Extract<SignallingResponse, { is: 'refused' }>): Problem {
  return { status: status as ContentfulStatusCode, title, code, detail, ...(retryAfter === undefined ? {} : { retryAfter }) };
}

/** @throws ProblemError */
function refused(answer: SignallingResponse): never {
  throw new ProblemError(answer.is === 'refused' ? problemOf(answer) : GONE);
}
