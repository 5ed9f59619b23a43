import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { SignallingRequest, SignallingResponse, Signalling } from '../../cluster/mod.js';
import type { Metrics } from '../../telemetry/mod.js';
import { ProblemError, type Problem } from '../http/problem.js';
import type { Beginning, Begun, Publications, Resources } from './publications.js';
import { BUS_AWAY } from '../http/refusal.js';

/** Options of {@link WhipRelay}. */
export interface WhipRelayOptions {
  readonly signalling: Pick<Signalling, 'connected' | 'tag' | 'tagOf' | 'named' | 'leastLoaded' | 'ask' | 'serve'>;
  readonly metrics: Pick<Metrics, 'whipPassedOn'>;
  /** Those of this process. */
  readonly publications: Publications;
}

/** Processes that are asked for a place; loads are known within seconds, so the next one may be full as well. */
const MOST_ASKED = 3;
/** Milliseconds that a process has to let a publisher in: addresses are gathered from STUN and TURN servers meanwhile. */
const BEGIN = 10_000;
/** Milliseconds for what is asked of a resource. */
const ACT = 5000;

/**
 * Speaks for publishers of other processes. A page may ask its own server only, and takes its token nowhere else: the server that
 * was asked hands the signalling on, and media goes straight to the process that took the session. Any server of the installation
 * can do so, since the resource's path names that process beside the secret.
 */
export class WhipRelay {
  readonly #options: WhipRelayOptions;

  constructor(options: WhipRelayOptions) {
    this.#options = options;
    for (const method of ['post', 'patch', 'delete'])
      for (const outcome of ['answered', 'refused', 'unreachable']) options.metrics.whipPassedOn.inc({ method, outcome }, 0);
    options.signalling.serve((signal) => obey(options.publications, signal));
  }

  /** This process in the path of its resources. */
  get tag(): string {
    return this.#options.signalling.tag;
  }

  /**
   * Lets a publisher begin at the process with the most room; at the next one where that refuses, is dead or says nothing.
   *
   * @param full why nobody is let in here: the answer where nobody else has room either
   * @throws ProblemError
   */
  async begin(beginning: Beginning, full: Problem): Promise<Begun> {
    const { signalling } = this.#options;
    if (!signalling.connected) throw new ProblemError(BUS_AWAY);
    const asked = new Set<string>();
    let problem = full;
    while (asked.size < MOST_ASKED) {
      const node = signalling.leastLoaded(asked);
      if (node === undefined) break;
      asked.add(node);
      const answer = await this.#ask('post', node, { v: 1, do: 'begin', ...beginning }, BEGIN).catch(() => undefined);
      if (answer?.is === 'begun') return { ...answer, tag: signalling.tagOf(node) };
      if (answer?.is === 'refused') {
        problem = problemOf(answer);
        if (problem.status < 500) break;
      } else {
        // It may let the publisher in yet, who goes elsewhere.
        void signalling.ask(node, { v: 1, do: 'end', key: beginning.key, by: { identity: {} } }, ACT).catch(() => undefined);
      }
    }
    throw new ProblemError(problem);
  }

  /** The resources of the process that a path names; undefined where there is none, or it is this one. */
  resources(tag: string, method: 'patch' | 'delete'): Resources | undefined {
    const { signalling } = this.#options;
    const node = tag === signalling.tag ? undefined : signalling.named(tag);
    if (node === undefined) return undefined;
    return {
      has: async (key, by) => {
        const answer = await this.#ask(method, node, { v: 1, do: 'find', key, by }, ACT);
        return answer.is === 'found' ? answer.found : refused(answer);
      },
      trickle: async (key, by, fragment, ifMatch) => {
        const answer = await this.#ask(
          method,
          node,
          { v: 1, do: 'trickle', key, by, fragment, ...(ifMatch === undefined ? {} : { if_match: ifMatch }) },
          ACT,
        );
        return answer.is === 'trickled' ? answer : refused(answer);
      },
      end: async (key, by) => {
        const answer = await this.#ask(method, node, { v: 1, do: 'end', key, by }, ACT);
        if (answer.is !== 'ended') refused(answer);
      },
    };
  }

  async #ask(method: 'post' | 'patch' | 'delete', node: string, signal: SignallingRequest, patience: number): Promise<SignallingResponse> {
    const { signalling, metrics } = this.#options;
    try {
      const answer = await signalling.ask(node, signal, patience);
      // The question whether it is there comes before what is asked of it; that is what counts.
      if (signal.do !== 'find') metrics.whipPassedOn.inc({ method, outcome: answer.is === 'refused' ? 'refused' : 'answered' });
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
  detail: 'the process that has this WHIP session does not answer; try again, or POST a new offer to /whip',
};

/** Does what another process asks. */
async function obey(publications: Publications, signal: SignallingRequest): Promise<SignallingResponse> {
  try {
    if (signal.do === 'begin') {
      const { answer, etag, session, links } = await publications.begin(signal);
      return { is: 'begun', answer, etag, session, links: [...links] };
    }
    if (signal.do === 'find') return { is: 'found', found: await publications.has(signal.key, signal.by) };
    if (signal.do === 'end') {
      await publications.end(signal.key, signal.by);
      return { is: 'ended' };
    }
    const { body, etag } = await publications.trickle(signal.key, signal.by, signal.fragment, signal.if_match);
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
