import type * as http from 'node:http';
import type { FlowReport } from '../../flow/contract.js';
import { cleanText } from '../answer/clean-text.js';
import { motionText } from '../answer/motion-text.js';
import { parseAnswer, type Answer } from '../answer/parse-answer.js';
import { ThinkFilter } from '../answer/think-filter.js';
import { LlmError } from '../llm-error.js';
import { chatRequest } from './chat-request.js';
import { chatStream, type ChatPiece } from './chat-stream.js';
import { Deadline } from './deadline.js';
import type { RequestHooks } from './endpoint.js';
import type { Features } from './features.js';
import { JsonText } from './json-text.js';
import type { EndpointOptions } from './options.js';
import { post } from './post.js';

/** One request to one server. */
export interface Conversation {
  readonly url: URL;
  readonly agent: http.Agent;
  readonly source: string;
  readonly options: EndpointOptions;
  readonly features: Features;
  readonly report: FlowReport;
  readonly emotion: boolean;
  readonly hooks: RequestHooks;
  /** Gives the request up. */
  readonly signal: AbortSignal;
  /** When the description was first asked for. */
  readonly began: number;
  /** Whether it waits for a slow server, and for one that answers others first. */
  readonly patient: boolean;
  /** Whether text is held back as long as it may turn out to be thinking. */
  readonly hold: boolean;
  /** Called with each sign of life. */
  readonly onLife: () => void;
  /** When any request heard of the server last (`performance.now()`). */
  readonly lastLife: () => number;
}

export interface Conversed {
  readonly answer: Answer;
  /** Thinking came without a mark that it begins. */
  readonly orphan: boolean;
}

/** Asks once. @throws LlmError, or whatever broke the stream */
export async function converse(asked: Conversation): Promise<Conversed> {
  const { url, agent, options, signal, emotion, report } = asked;
  const deadline = deadlineOf(asked);
  const either = AbortSignal.any([signal, deadline.signal]);
  const reader = new AnswerReader(asked, deadline);
  let posted: Awaited<ReturnType<typeof post>> | undefined;
  try {
    posted = await post(url, {
      body: chatRequest(report, { ...options, emotion }, asked.features),
      key: options.key,
      connectTimeout: options.connectTimeout ?? 3000,
      signal: either,
      agent,
    });
    const answering = posted;
    either.addEventListener(
      'abort',
      () => {
        answering.destroy();
      },
      { once: true },
    );
    for await (const piece of chatStream(posted.body, posted.contentType)) reader.read(piece);
    reader.end();
  } catch (error) {
    throw deadline.signal.aborted && !signal.aborted ? deadline.signal.reason : error;
  } finally {
    deadline.stop();
    reader.count();
    posted?.destroy();
  }
  return { answer: reader.answer(), orphan: reader.orphan };
}

/**
 * Live: until the first sign of life, then the signal's own bound. Patient: until the next one of the server, then until the answer's end.
 */
function deadlineOf({ options, patient, source, lastLife }: Conversation): Deadline {
  const { firstTokenTimeout = 8000, patientTimeout = 600_000 } = options;
  const sent = performance.now();
  const tooLate = (what: string, ms: number, setting: string): LlmError =>
    new LlmError('llm_first_token_timeout', `${source} ${what} within ${String(ms)} ms; raise ${setting} if it is only slow`);
  return patient
    ? new Deadline(
        (heard) => (heard ?? Math.max(sent, lastLife())) + patientTimeout,
        (heard) => tooLate(heard ? 'did not finish its answer' : 'sent no token', patientTimeout, 'llm.timeout_ms'),
      )
    : new Deadline(
        (heard) => (heard === undefined ? sent + firstTokenTimeout : Infinity),
        () => tooLate('sent no token', firstTokenTimeout, 'llm.first_token_timeout_ms'),
      );
}

/** Shows an answer while it streams, and reads it when it is whole. */
class AnswerReader {
  readonly #asked: Conversation;
  readonly #deadline: Deadline;
  readonly #thinking: ThinkFilter;
  readonly #prose = new JsonText();
  #raw = '';
  #shown = false;
  #pieces = 0;
  #tokens: number | undefined;
  #cut = false;

  constructor(asked: Conversation, deadline: Deadline) {
    this.#asked = asked;
    this.#deadline = deadline;
    this.#thinking = new ThinkFilter({ hold: asked.hold });
  }

  get orphan(): boolean {
    return this.#thinking.orphan;
  }

  read(piece: ChatPiece): void {
    if ('tokens' in piece) {
      this.#tokens = piece.tokens;
      return;
    }
    if ('cut' in piece) {
      this.#cut = true;
      return;
    }
    if (this.#pieces++ === 0) {
      this.#deadline.heard();
      this.#asked.hooks.onFirstToken?.(performance.now() - this.#asked.began);
    }
    this.#asked.onLife();
    if ('thinking' in piece) {
      this.#thinking.release();
      return;
    }
    this.#raw += piece.text;
    this.#show(this.#prose.push(this.#thinking.push(piece.text)));
  }

  end(): void {
    this.#show(this.#prose.push(this.#thinking.end()) + this.#prose.end());
  }

  count(): void {
    if (this.#pieces > 0) this.#asked.hooks.onTokens?.(this.#tokens ?? this.#pieces);
  }

  /** @throws LlmError `llm_unparsable` */
  answer(): Answer {
    const {
      emotion,
      source,
      hooks,
      report: { rois },
    } = this.#asked;
    const answer = parseAnswer(this.#raw, { emotion, rois, cut: this.#cut });
    if (!answer.parsed) {
      throw new LlmError(
        'llm_unparsable',
        this.#cut
          ? `${source} reached its token limit; raise llm.max_tokens`
          : `${source} answered without naming action units${emotion ? ' or a category' : ''}`,
      );
    }
    const text = answer.text === '' ? motionText(answer.aus, rois) : answer.text;
    if (!this.#shown) hooks.onText(text);
    return { ...answer, text };
  }

  /** What is not wanted may come all the same: without emotion no word of the answer is shown, but what is built from it. */
  #show(text: string): void {
    const clean = cleanText(text);
    if (clean === '' || !this.#asked.emotion) return;
    this.#shown = true;
    this.#asked.hooks.onText(clean);
  }
}
