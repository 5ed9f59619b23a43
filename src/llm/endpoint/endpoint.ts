import * as http from 'node:http';
import * as https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FlowReport } from '../../flow/flow-report.js';
import { cleanText } from '../answer/clean-text.js';
import { parseAnswer, type Answer } from '../answer/parse-answer.js';
import { ThinkFilter } from '../answer/think-filter.js';
import { LlmError } from '../llm-error.js';
import { Breaker } from '../../inference/model-server/breaker.js';
import { chatRequest, type Features } from './chat-request.js';
import { chatStream } from './chat-stream.js';
import { JsonText } from './json-text.js';
import { NewestFirst } from './newest-first.js';
import type { EndpointOptions } from './options.js';
import { post } from './post.js';
import { backoff } from './backoff.js';

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
  readonly #queue: NewestFirst;
  readonly #stop = new AbortController();
  #features: Features;

  /** @throws LlmError `llm_setting` where the URL is none or no model is named. */
  constructor(options: EndpointOptions) {
    this.#options = options;
    this.#url = completionsUrl(options.url);
    if (options.model === '') throw new LlmError('llm_setting', 'llm.url is set but llm.model is not; name the model as the server knows it');
    this.source = `${this.#url.host}/${options.model}`;
    const concurrency = options.concurrency ?? 4;
    this.#agent = new (this.#url.protocol === 'https:' ? https : http).Agent({ keepAlive: true, maxSockets: concurrency + 1 });
    this.#breaker = new Breaker(options.breaker);
    this.#queue = new NewestFirst({ concurrency, capacity: options.queue ?? 32, patience: options.queueTimeout ?? 6000 });
    // The published model was tuned on free text; a schema would take its three parts from it.
    this.#features = { structured: options.dialect !== 'paper', usage: true };
  }

  /** The server's host and port, without credentials. */
  get host(): string { return this.#url.host; }
  /** True where a request would go out now. */
  get ready(): boolean { return this.#breaker.ready; }
  /** True where a request would not have to wait for others. */
  get free(): boolean { return this.#queue.running < (this.#options.concurrency ?? 4); }
  /** Milliseconds until it may be tried again; 0 where it may be now. */
  get pause(): number { return this.#breaker.wait; }
  /** `closed`, `open` or `half-open`, for `doctor` and logs. */
  get state(): string { return this.#breaker.state; }

  /**
   * Asks for a description.
   *
   * @throws LlmError, always one; `llm_aborted` where the signal said so.
   */
  async describe(report: FlowReport, hooks: RequestHooks, signal: AbortSignal, { began = performance.now(), others = false }: Turn = {}): Promise<Answer> {
    const total = this.#options.totalTimeout ?? 14_000;
    const limit = AbortSignal.any([signal, this.#stop.signal, AbortSignal.timeout(Math.max(0, Math.ceil(began + total - performance.now())))]);
    try {
      if (this.#breaker.state === 'open') throw this.#paused();
      return await this.#queue.run(() => this.#attempts(report, hooks, limit, { began, others }), limit);
    } catch (error) {
      if (signal.aborted) throw new LlmError('llm_aborted', 'given up', { cause: error });
      if (this.#stop.signal.aborted) throw new LlmError('llm_closed', 'the describer was closed', { cause: error });
      if (limit.aborted) throw new LlmError('llm_timeout', `${this.source} had not answered after ${String(total)} ms`, { cause: error });
      throw error instanceof LlmError ? error : new LlmError('llm_garbage', `${this.source}: ${(error as Error).message}`, { cause: error });
    }
  }

  /** Gives up what is under way. May be called twice. */
  close(): void {
    this.#stop.abort();
    this.#queue.close();
    this.#agent.destroy();
  }

  async #attempts(report: FlowReport, hooks: RequestHooks, limit: AbortSignal, { began, others }: Required<Turn>): Promise<Answer> {
    const retries = others ? 0 : this.#options.retries ?? 2;
    const deadline = began + (this.#options.totalTimeout ?? 14_000);
    for (let attempt = 0; ; attempt++) {
      if (!this.#breaker.enter()) throw this.#paused();
      const begun = { any: false };
      try {
        const answer = await this.#once(report, hooks, limit, began, begun);
        this.#breaker.succeeded();
        return answer;
      } catch (error) {
        this.#judge(error, limit, others);
        if (this.#unlearn(error)) { attempt--; continue; }
        const wait = retryable(error) ? Math.max((error as LlmError).retryAfter ?? 0, 0) + backoff(attempt) : undefined;
        if (wait === undefined || begun.any || attempt >= retries || limit.aborted || performance.now() + wait > deadline - 500) throw error;
        await sleep(wait, undefined, { signal: limit });
      }
    }
  }

  async #once(report: FlowReport, hooks: RequestHooks, limit: AbortSignal, began: number, begun: { any: boolean }): Promise<Answer> {
    const { emotion = true, connectTimeout = 3000, firstTokenTimeout = 8000 } = this.#options;
    const slow = new AbortController();
    const timer = setTimeout(() => { slow.abort(new LlmError('llm_first_token_timeout', `${this.source} gave no token within ${String(firstTokenTimeout)} ms`)); }, firstTokenTimeout);
    const signal = AbortSignal.any([limit, slow.signal]);
    let posted: Awaited<ReturnType<typeof post>> | undefined;
    const thinking = new ThinkFilter();
    const prose = new JsonText();
    let raw = '';
    let pieces = 0;
    let tokens: number | undefined;
    const show = (text: string): void => {
      const clean = cleanText(text);
      // What is not wanted may come all the same: without emotion the text is shown when it has been read, not before.
      if (clean !== '' && emotion) hooks.onText(clean);
    };
    try {
      posted = await post(this.#url, { body: chatRequest(report, this.#options, this.#features), key: this.#options.key, connectTimeout, signal, agent: this.#agent });
      const answering = posted;
      signal.addEventListener('abort', () => { answering.destroy(); }, { once: true });
      for await (const piece of chatStream(posted.body, posted.contentType)) {
        if ('tokens' in piece) { tokens = piece.tokens; continue; }
        if (pieces++ === 0) {
          begun.any = true;
          clearTimeout(timer);
          hooks.onFirstToken?.(performance.now() - began);
        }
        raw += piece.text;
        show(prose.push(thinking.push(piece.text)));
      }
      show(prose.push(thinking.end()));
    } catch (error) {
      throw slow.signal.aborted && !limit.aborted ? slow.signal.reason : error;
    } finally {
      clearTimeout(timer);
      if (pieces > 0) hooks.onTokens?.(tokens ?? pieces);
      posted?.destroy();
    }
    const answer = parseAnswer(raw, { emotion });
    if (!answer.parsed) throw new LlmError('llm_unparsable', `${this.source} answered without naming action units or a category`);
    if (!emotion) hooks.onText(answer.text);
    return answer;
  }

  /** What a failure says about the server. Where there are others, one that broke is left out at once; so is one that answers 503, which alone would be tried again. */
  #judge(error: unknown, limit: AbortSignal, others: boolean): void {
    const code = error instanceof LlmError ? error.code : undefined;
    if (code === 'llm_no_image' || (limit.aborted && code !== 'llm_first_token_timeout' && !timedOut(limit))) this.#breaker.abandoned();
    else if ((code === 'llm_overloaded' && !(others && (error as LlmError).cause === 503)) || (code === 'llm_refused' && this.#canUnlearn(error))) this.#breaker.abandoned();
    else this.#breaker.failed({ lasting: code === 'llm_refused' && [401, 403, 404].includes(Number((error as LlmError).cause)), atOnce: others && code !== undefined && BROKE.includes(code) });
  }

  #canUnlearn(error: unknown): boolean {
    return error instanceof LlmError && error.code === 'llm_refused' && (error.cause === 400 || error.cause === 422 || error.cause === 501) && (this.#features.structured || this.#features.usage);
  }

  /** A server that refuses a request may not know the schema, or the usage asked for: they are left out from then on. True: try again. */
  #unlearn(error: unknown): boolean {
    if (!this.#canUnlearn(error)) return false;
    this.#features = this.#features.structured ? { ...this.#features, structured: false } : { ...this.#features, usage: false };
    return true;
  }

  #paused(): LlmError {
    return new LlmError('llm_paused', `${this.source} failed again and again and is left alone for now`, { retryAfter: this.#breaker.wait });
  }
}

/** The server itself failed, not what it answered. */
const BROKE: readonly string[] = ['llm_unreachable', 'llm_connect_timeout', 'llm_first_token_timeout', 'llm_server_failed', 'llm_overloaded', 'llm_cut'];

function retryable(error: unknown): boolean {
  return error instanceof LlmError && ['llm_overloaded', 'llm_unreachable', 'llm_server_failed', 'llm_cut', 'llm_connect_timeout'].includes(error.code);
}

function timedOut(signal: AbortSignal): boolean { return signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError'; }

function completionsUrl(base: string): URL {
  let url: URL;
  try { url = new URL(base); } catch (cause) { throw new LlmError('llm_setting', `llm.url ${base} is no URL`, { cause }); }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new LlmError('llm_setting', `llm.url must begin with http:// or https://, not ${url.protocol}`);
  if (!url.pathname.endsWith('/chat/completions')) url.pathname = `${url.pathname.replace(/\/+$/, '')}/chat/completions`;
  return url;
}
