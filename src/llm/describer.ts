import type { FlowReport } from '../flow/contract.js';
import { motionText } from './answer/motion-text.js';
import { flagUnsupported } from './answer/support.js';
import type { Description } from './contract.js';
import type { Dialect, PromptKind } from './dialect.js';
import { Embedded } from './embedded/embedded.js';
import type { RequestHooks } from './endpoint/endpoint.js';
import { Endpoints } from './endpoint/endpoints.js';
import { readKey } from './endpoint/key.js';
import type { EndpointOptions } from './endpoint/options.js';
import { hasEvidence } from './evidence/answer-by-evidence.js';
import { LlmError } from './llm-error.js';

/** How a request ended, for `mellm_llm_requests_total`. */
export type RequestResult = 'ok' | 'fallback' | 'cancelled' | 'failed';

/** What a describer tells of its work; every one may be left out. */
export interface DescriberHooks {
  /** One request came to its end. `fallback`: this source failed and another was asked instead. */
  readonly onRequest?: (source: string, result: RequestResult) => void;
  /** Milliseconds from asking to the first token. */
  readonly onFirstToken?: (source: string, ms: number) => void;
  readonly onTokens?: (source: string, count: number) => void;
  /** A server is left out because it failed (false), or answers again (true). `endpoint`: its host and port; said of each at the start. */
  readonly onEndpoint?: (endpoint: string, up: boolean) => void;
  /** The embedded model's thread died or hangs; another takes its place. */
  readonly onCrash?: (error: Error) => void;
  /** For the log: an endpoint that failed. */
  readonly onProblem?: (message: string, error: Error) => void;
}

/** How descriptions are made. */
export interface DescriberOptions extends DescriberHooks {
  /** Base URL of an OpenAI-compatible server, or of several that are taken in turn; without one the embedded model alone answers. */
  readonly url?: string | readonly string[] | undefined;
  /** Their model; needed with a URL. */
  readonly model?: string | undefined;
  /** File that holds the key; else the environment variable MELLM_LLM_KEY. */
  readonly keyFile?: string | undefined;
  /** Default `mellm`. */
  readonly dialect?: Dialect;
  /** Default `regions`. */
  readonly prompt?: PromptKind;
  /** False: no category in prompt, text or result. Default true. */
  readonly emotion?: boolean;
  /** Folder of the embedded model; false: none. Default the project's models/mellm, without it where it is missing and a URL is given. */
  readonly embedded?: string | false;
  /** Milliseconds without a sign of life after which the embedded model's thread is replaced. Default 15 000. */
  readonly hangTimeout?: number;
  /** Timeouts and bounds of the endpoint. */
  readonly endpoint?: Partial<Omit<EndpointOptions, 'url' | 'model' | 'key' | 'dialect' | 'prompt' | 'emotion'>>;
}

/** How one description is made. */
export interface DescribeOptions {
  /**
   * A recording's: it waits for a server that is slow, or answers one request at a time, rather than have another model answer. Default
   * false.
   */
  readonly patient?: boolean;
  /** False: no category, whatever the describer's own setting. */
  readonly emotion?: boolean;
}

/** MELLM, ready. */
export interface Describer {
  /**
   * Says what a report shows. Text comes in pieces by `onText`; the description holds all of it.
   *
   * @throws LlmError where the signal aborts (`llm_aborted`), or every source failed.
   */
  describe(report: FlowReport, onText: (delta: string) => void, signal: AbortSignal, options?: DescribeOptions): Promise<Description>;
  /** In the order in which they are asked: `<host>/<model>`, then `embedded@<sha8>`. */
  readonly sources: readonly string[];
  /** What `doctor` and `/readyz` tell. */
  info(): { readonly sources: readonly string[]; readonly endpoint?: string; readonly embeddedSha256?: string };
  /** Idempotent. */
  close(): Promise<void>;
}

/** Shown between the pieces of an answer that broke off and the one that takes its place. */
const BREAK = '\n\n[The language model stopped; the embedded model continues.]\n\n';

/**
 * Starts MELLM: the embedded model in its thread, and a client where servers are named. A server is asked first, and one more where that
 * fails before its first token; whatever goes wrong with them, the embedded model answers, and `source` says so.
 *
 * @throws LlmError `llm_setting` for settings that can't work; `llm_model_missing`, `llm_model_damaged` where there is no other source.
 */
export async function startDescriber(options: DescriberOptions = {}): Promise<Describer> {
  const { url, model, dialect = 'mellm', prompt = 'regions', emotion = true } = options;
  const urls = url === undefined ? [] : typeof url === 'string' ? [url] : url;
  const endpoints =
    urls.length === 0
      ? undefined
      : new Endpoints({
          ...options.endpoint,
          urls,
          model: model ?? '',
          key: readKey(options.keyFile),
          dialect,
          prompt,
          emotion,
          ...(options.onEndpoint ? { onChange: options.onEndpoint } : {}),
        });
  let embedded: Embedded | undefined;
  if (options.embedded !== false) {
    try {
      embedded = await Embedded.start({
        ...(options.embedded === undefined ? {} : { folder: options.embedded }),
        emotion,
        ...(options.hangTimeout === undefined ? {} : { hangTimeout: options.hangTimeout }),
        ...(options.onCrash ? { onCrash: options.onCrash } : {}),
      });
    } catch (error) {
      if (!endpoints) throw error;
      options.onProblem?.('no embedded model is available as a fallback', error as Error);
    }
  }
  if (!endpoints && !embedded) throw new LlmError('llm_setting', 'neither an endpoint nor the embedded model is configured; set llm.url');
  return new FallbackDescriber(endpoints, embedded, emotion, options);
}

class FallbackDescriber implements Describer {
  readonly sources: readonly string[];
  readonly #endpoints: Endpoints | undefined;
  readonly #embedded: Embedded | undefined;
  readonly #emotion: boolean;
  readonly #hooks: DescriberHooks;

  constructor(endpoints: Endpoints | undefined, embedded: Embedded | undefined, emotion: boolean, hooks: DescriberHooks) {
    this.#endpoints = endpoints;
    this.#embedded = embedded;
    this.#emotion = emotion;
    this.#hooks = hooks;
    this.sources = [...(endpoints?.all ?? []).map(({ source }) => source), embedded?.source].filter((source) => source !== undefined);
  }

  async describe(
    report: FlowReport,
    onText: (delta: string) => void,
    signal: AbortSignal,
    options: DescribeOptions = {},
  ): Promise<Description> {
    const { patient = false } = options;
    const emotion = this.#emotion && (options.emotion ?? true);
    const began = performance.now();
    const embedded = this.#embedded;
    const shown = { any: false };
    const turn = this.#endpoints?.turn() ?? [];
    for (const [i, endpoint] of turn.entries()) {
      const next = turn[i + 1];
      try {
        return await this.#ask(
          endpoint.source,
          began,
          report,
          emotion,
          (hooks) => endpoint.describe(report, hooks, signal, { began, others: next !== undefined, patient, emotion }),
          (delta) => {
            shown.any = true;
            onText(delta);
          },
        );
      } catch (error) {
        const elsewhere = next !== undefined && !shown.any && anotherMay(error);
        if (signal.aborted || (!elsewhere && !embedded)) {
          this.#failed(endpoint.source, error, signal.aborted ? 'cancelled' : 'failed');
          throw error;
        }
        this.#failed(endpoint.source, error, 'fallback', elsewhere ? next.source : 'the embedded model');
        if (shown.any) onText(BREAK);
        if (!elsewhere) break;
      }
    }
    if (!embedded) throw new LlmError('llm_model_missing', 'no embedded model is available');
    try {
      return await this.#embeddedAnswer(embedded, began, report, { emotion, patient }, signal, onText);
    } catch (error) {
      this.#failed(embedded.source, error, signal.aborted ? 'cancelled' : 'failed');
      throw error;
    }
  }

  info(): ReturnType<Describer['info']> {
    return {
      sources: this.sources,
      ...(this.#endpoints ? { endpoint: this.#endpoints.all.map(({ state }) => state).join(' ') } : {}),
      ...(this.#embedded ? { embeddedSha256: this.#embedded.sha256 } : {}),
    };
  }

  async close(): Promise<void> {
    this.#endpoints?.close();
    await this.#embedded?.close();
  }

  /** Without emotion, the words of a network are no more believed than those of a server. */
  #embeddedAnswer(
    embedded: Embedded,
    began: number,
    report: FlowReport,
    { emotion, patient }: Required<DescribeOptions>,
    signal: AbortSignal,
    onText: (delta: string) => void,
  ): Promise<Description> {
    const built = !emotion && !hasEvidence(report);
    return this.#ask(
      embedded.source,
      began,
      report,
      emotion,
      async (hooks) => {
        const spoken = await embedded.describe(report, built ? { ...hooks, onText: () => undefined } : hooks, signal, { emotion, patient });
        if (!built) return spoken;
        const text = motionText(spoken.aus, report.rois);
        hooks.onText(text);
        return { ...spoken, text };
      },
      onText,
    );
  }

  async #ask(
    source: string,
    began: number,
    { rois, shape }: FlowReport,
    wanted: boolean,
    ask: (hooks: RequestHooks) => Promise<Pick<Description, 'text' | 'aus' | 'emotion' | 'nothing'>>,
    onText: (delta: string) => void,
  ): Promise<Description> {
    const { text, aus, emotion, nothing } = await ask({
      onText,
      onFirstToken: (ms) => {
        this.#hooks.onFirstToken?.(source, ms);
      },
      onTokens: (count) => {
        this.#hooks.onTokens?.(source, count);
      },
    });
    this.#hooks.onRequest?.(source, 'ok');
    return {
      text,
      aus: flagUnsupported(aus, rois, shape),
      ...(wanted && emotion ? { emotion } : {}),
      ...(nothing ? { nothing } : {}),
      source,
      ms: performance.now() - began,
    };
  }

  #failed(source: string, error: unknown, result: RequestResult, instead?: string): void {
    this.#hooks.onRequest?.(source, result);
    if (result !== 'cancelled')
      this.#hooks.onProblem?.(instead === undefined ? `${source} failed` : `${source} failed; falling back to ${instead}`, error as Error);
  }
}

/** Whether another server may do what this one could not: not where the request itself can't be made, and not where the time is up. */
function anotherMay(error: unknown): boolean {
  return error instanceof LlmError && !['llm_aborted', 'llm_closed', 'llm_no_image', 'llm_timeout', 'llm_setting'].includes(error.code);
}
