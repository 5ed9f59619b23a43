import type * as http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FlowReport } from '../../flow/contract.js';
import { agentFor } from '../../common/proxy-agent.js';
import { Breaker } from '../../runtime/model-server/breaker.js';
import { ModelServerFault } from '../../runtime/model-server/request.js';
import type { Answer } from '../answer/parse-answer.js';
import { LlmError } from '../llm-error.js';
import { backoff } from './backoff.js';
import { converse } from './converse.js';
import { unlearn, type Features } from './features.js';
import { LifoQueue } from './lifo-queue.js';
import type { EndpointOptions } from './options.js';

/** What is told of one request while it runs. */
export interface RequestHooks {
  readonly onText: (delta: string) => void;
  /** Milliseconds from asking (waiting included) to the first token. */
  readonly onFirstToken?: (ms: number) => void;
  readonly onTokens?: (count: number) => void;
}

/** One request's place among several servers. */
export interface Turn {
  /** When the description was first asked for (`performance.now()`): its time runs from there. Default now. */
  readonly began?: number;
  /** True: another server takes the request if this one fails before its first token, so it is not repeated here. Default false. */
  readonly others?: boolean;
  /** A recording's: it waits for a place, and for a server that is slow or answers one at a time. Default false. */
  readonly patient?: boolean;
  /** False: no category is asked for, or told. Default as the endpoint's options say. */
  readonly emotion?: boolean;
}

/** One request on its way through attempts. */
interface Job extends Required<Turn> {
  readonly report: FlowReport;
  readonly hooks: RequestHooks;
  readonly limit: AbortSignal;
}

/**
 * MELLM behind an OpenAI-compatible server: few requests at a time, newest alert first, each with its timeouts, retried where that
 * can help and nothing has been shown yet, and left alone by a circuit breaker when it keeps failing.
 */
export class Endpoint {
  /** `<base url's host>/<model>`. */
  readonly source: string;
  readonly #options: EndpointOptions;
  readonly #url: URL;
  readonly #agent: http.Agent;
  readonly #breaker: Breaker;
  readonly #queue: LifoQueue;
  readonly #stop = new AbortController();
  #features: Features;
  /** Whether a parameter was looked for as the cause of an error that names none. */
  #guessed = false;
  /** Whether text is held back until it is sure to be none of the model's thinking: until an answer has shown that it begins with none. */
  #hold = true;
  #lastLife = 0;

  /** @throws LlmError `llm_setting` where the URL or the proxy's is not valid, or no model is named. */
  constructor(options: EndpointOptions) {
    this.#options = options;
    this.#url = completionsUrl(options.url);
    if (options.model === '')
      throw new LlmError('llm_setting', 'llm.url is set but llm.model is not; name the model as the server knows it');
    this.source = `${this.#url.host}/${options.model}`;
    const concurrency = options.concurrency ?? 4;
    try {
      this.#agent = agentFor(this.#url, { maxSockets: concurrency + 1 });
    } catch (cause) {
      throw new LlmError('llm_setting', (cause as Error).message, { cause });
    }
    this.#breaker = new Breaker(options.breaker);
    this.#queue = new LifoQueue({ concurrency, capacity: options.queue ?? 32, patience: options.queueTimeout ?? 6000 });
    // The published model was tuned on free text; a schema would take its three parts from it.
    this.#features = { structured: options.dialect !== 'paper', usage: true, limit: 'max_tokens', temperature: true };
  }

  /** The server's host and port, without credentials. */
  get host(): string {
    return this.#url.host;
  }
  /** True where a request would go out now. */
  get ready(): boolean {
    return this.#breaker.ready;
  }
  /** True where a request would not have to wait for others. */
  get free(): boolean {
    return this.#queue.running < (this.#options.concurrency ?? 4);
  }
  /** Milliseconds until it may be tried again; 0 where it may be now. */
  get pause(): number {
    return this.#breaker.wait;
  }
  /** `closed`, `open` or `half-open`, for `doctor` and logs. */
  get state(): string {
    return this.#breaker.state;
  }

  /**
   * Asks for a description.
   *
   * @throws LlmError, always one; `llm_aborted` where the signal said so.
   */
  async describe(report: FlowReport, hooks: RequestHooks, signal: AbortSignal, turn: Turn = {}): Promise<Answer> {
    const { began = performance.now(), others = false, patient = false, emotion = true } = turn;
    const total = this.#options.totalTimeout ?? 14_000;
    const limit = AbortSignal.any([
      signal,
      this.#stop.signal,
      ...(patient ? [] : [AbortSignal.timeout(Math.max(0, Math.ceil(began + total - performance.now())))]),
    ]);
    const job: Job = { report, hooks, limit, began, others, patient, emotion: emotion && (this.#options.emotion ?? true) };
    try {
      if (this.#breaker.state === 'open') throw this.#paused();
      return await this.#queue.run(() => this.#attempts(job), limit, { patient });
    } catch (error) {
      if (signal.aborted) throw new LlmError('llm_aborted', 'aborted', { cause: error });
      if (this.#stop.signal.aborted) throw new LlmError('llm_closed', 'the describer was closed', { cause: error });
      if (limit.aborted)
        throw new LlmError(
          'llm_timeout',
          `${this.source} had not answered after ${String(total)} ms; raise llm.timeout_ms if it is only slow`,
          { cause: error },
        );
      throw error instanceof LlmError
        ? error
        : new LlmError('llm_garbage', `${this.source}: ${(error as Error).message}`, { cause: error });
    }
  }

  /** Gives up what is under way. Idempotent. */
  close(): void {
    this.#stop.abort();
    this.#queue.close();
    this.#agent.destroy();
  }

  async #attempts(job: Job): Promise<Answer> {
    const { limit, others, patient } = job;
    const deadline = patient
      ? performance.now() + (this.#options.patientTimeout ?? 600_000)
      : job.began + (this.#options.totalTimeout ?? 14_000) - 500;
    let features = this.#features;
    let first: unknown;
    for (let attempt = 0; ;) {
      if (!this.#breaker.enter()) throw this.#paused();
      const begun = { any: false };
      try {
        const answer = await this.#once(job, features, begun);
        this.#breaker.succeeded();
        this.#features = features;
        return answer;
      } catch (error) {
        const less = begun.any || limit.aborted ? undefined : this.#withLess(error, features, !others && attempt > 0);
        if (less) {
          this.#breaker.abandoned();
          features = less;
          first ??= error;
          continue;
        }
        this.#judge(error, limit, others);
        // A request that lost every parameter in vain says less than the one that had them.
        features = this.#features;
        const told = first ?? error;
        first = undefined;
        const wait = retryable(error) ? Math.max((error as LlmError).retryAfter ?? 0, 0) + backoff(Math.min(attempt, 6)) : undefined;
        const tries = others ? 0 : patient && isOverloaded(error) ? Infinity : (this.#options.retries ?? 2);
        if (wait === undefined || begun.any || attempt >= tries || limit.aborted || performance.now() + wait > deadline) throw told;
        attempt++;
        await sleep(wait, undefined, { signal: limit });
      }
    }
  }

  async #once(
    { report, hooks, limit: signal, began, patient, emotion }: Job,
    features: Features,
    begun: { any: boolean },
  ): Promise<Answer> {
    const { answer, orphan } = await converse({
      url: this.#url,
      agent: this.#agent,
      source: this.source,
      options: this.#options,
      features,
      report,
      emotion,
      hooks,
      signal,
      began,
      patient,
      hold: this.#hold,
      onLife: () => {
        begun.any = true;
        this.#lastLife = performance.now();
      },
      lastLife: () => this.#lastLife,
    });
    this.#hold = orphan;
    return answer;
  }

  /**
   * What a failure says about the server. Where there are others, one that broke is left out at once; so is one that answers 503, which
   * alone would be tried again.
   */
  #judge(error: unknown, limit: AbortSignal, others: boolean): void {
    const code = error instanceof LlmError ? error.code : undefined;
    const status = statusOf(error);
    if (code === 'llm_no_image' || (limit.aborted && code !== 'llm_first_token_timeout' && !timedOut(limit))) this.#breaker.abandoned();
    else if (isOverloaded(error) && !(others && status === 503)) this.#breaker.abandoned();
    else
      this.#breaker.failed({
        lasting: code === 'llm_refused' && [401, 403, 404].includes(status ?? 0),
        atOnce: others && code !== undefined && BROKE.includes(code),
      });
  }

  /** A server that refuses a request may not know one of its parameters. @param again whether the same request failed before */
  #withLess(error: unknown, features: Features, again: boolean): Features | undefined {
    const status = statusOf(error);
    if (status === undefined) return undefined;
    const guess = !this.#guessed && (status === 404 || again);
    const less = unlearn(features, { status, detail: faultOf(error)?.detail ?? '' }, guess || features !== this.#features);
    // Nothing is left to leave out: it was none of the parameters.
    if (!less && features !== this.#features && (status === 404 || status === 500)) this.#guessed = true;
    return less;
  }

  #paused(): LlmError {
    return new LlmError('llm_paused', `${this.source} failed repeatedly and is paused`, {
      retryAfter: this.#breaker.wait,
    });
  }
}

/** The server itself failed, not what it answered. */
const BROKE: readonly string[] = [
  'llm_unreachable',
  'llm_connect_timeout',
  'llm_first_token_timeout',
  'llm_server_failed',
  'llm_overloaded',
  'llm_cut',
];

function retryable(error: unknown): boolean {
  return (
    error instanceof LlmError &&
    ['llm_overloaded', 'llm_unreachable', 'llm_server_failed', 'llm_cut', 'llm_connect_timeout'].includes(error.code)
  );
}

function faultOf(error: unknown): ModelServerFault | undefined {
  return error instanceof LlmError && error.cause instanceof ModelServerFault ? error.cause : undefined;
}

function statusOf(error: unknown): number | undefined {
  return faultOf(error)?.status;
}

function isOverloaded(error: unknown): boolean {
  return error instanceof LlmError && error.code === 'llm_overloaded';
}

function timedOut(signal: AbortSignal): boolean {
  return signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError';
}

function completionsUrl(base: string): URL {
  let url: URL;
  try {
    url = new URL(base);
  } catch (cause) {
    throw new LlmError('llm_setting', `llm.url ${base} is not a valid URL`, { cause });
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new LlmError('llm_setting', `llm.url must begin with http:// or https://, not ${url.protocol}`);
  if (!url.pathname.endsWith('/chat/completions')) url.pathname = `${url.pathname.replace(/\/+$/, '')}/chat/completions`;
  return url;
}
