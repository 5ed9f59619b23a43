import { LlmError } from '../llm-error.js';
import { SseParser } from './sse.js';

/** What a completion's stream gives, piece by piece. */
export type ChatPiece =
  | { readonly text: string }
  /** Thinking that the server tells apart: a sign of life, and not part of the answer. */
  | { readonly thinking: true }
  /** The answer was ended at its length. */
  | { readonly cut: true }
  | { readonly tokens: number };

/** Characters of one answer that are read, thinking included; a model that has not come to an end by then never will. */
const MAX_ANSWER = 262_144;
/** Bytes read, protocol included. */
const MAX_BYTES = 8 * 1024 * 1024;

/**
 * Reads a chat completion as it streams, or whole where the server ignores `stream`.
 *
 * @throws LlmError `llm_cut` where it ends without having finished, `llm_garbage` where it is no completion, `llm_answer_too_long`,
 * `llm_server_failed` where the server says so in the stream.
 */
export async function* chatStream(body: AsyncIterable<Uint8Array>, contentType: string): AsyncGenerator<ChatPiece> {
  if (contentType.includes('application/json')) {
    yield* whole(body);
    return;
  }
  const sse = new SseParser();
  const state = { finished: false, understood: 0 };
  let characters = 0;
  let bytes = 0;
  let misread = 0;
  const read = function* (events: readonly string[]): Generator<ChatPiece> {
    for (const data of events) {
      if (data.trim() === '[DONE]') {
        state.finished = true;
        continue;
      }
      const piece = pieceOf(data);
      if (!piece) {
        if (++misread > 20) throw new LlmError('llm_garbage', "the server's stream does not contain chat completions");
        continue;
      }
      state.understood++;
      state.finished ||= piece.finished;
      characters += piece.text.length;
      if (characters > MAX_ANSWER) throw new LlmError('llm_answer_too_long', `the answer exceeds ${String(MAX_ANSWER)} characters`);
      yield* piecesOf(piece);
    }
  };
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new LlmError('llm_answer_too_long', `the answer exceeds ${String(MAX_BYTES)} bytes`);
    yield* read(sse.push(chunk));
  }
  yield* read(sse.end());
  if (state.understood === 0) throw new LlmError('llm_garbage', "the server's stream contains no chat completion");
  if (!state.finished) throw new LlmError('llm_cut', "the server's stream ended early");
}

/** The fields that are looked at, of whatever was sent. */
interface Loose {
  readonly choices?: unknown;
  readonly usage?: unknown;
  readonly completion_tokens?: unknown;
  readonly delta?: unknown;
  readonly message?: unknown;
  readonly content?: unknown;
  readonly text?: unknown;
  readonly finish_reason?: unknown;
  readonly error?: unknown;
  readonly reasoning_content?: unknown;
  readonly reasoning?: unknown;
  readonly reasoning_details?: unknown;
  readonly thinking?: unknown;
  readonly type?: unknown;
  readonly refusal?: unknown;
}

interface Read {
  readonly text: string;
  readonly thinking: boolean;
  readonly finished: boolean;
  readonly cut: boolean;
  readonly tokens: number | undefined;
}

function* piecesOf({ text, thinking, cut, tokens }: Read): Generator<ChatPiece> {
  if (thinking) yield { thinking };
  if (text !== '') yield { text };
  if (cut) yield { cut };
  if (tokens !== undefined) yield { tokens };
}

/** One `chat.completion.chunk`; undefined where it is none. */
function pieceOf(data: string): Read | undefined {
  const value = parsed(data);
  if (!isObject(value)) return undefined;
  failIn(value);
  const choice: unknown = Array.isArray(value.choices) ? value.choices[0] : undefined;
  const usage = value.usage;
  const tokens = isObject(usage) && typeof usage.completion_tokens === 'number' ? usage.completion_tokens : undefined;
  if (!isObject(choice))
    return Array.isArray(value.choices) || tokens !== undefined
      ? { text: '', thinking: false, finished: false, cut: false, tokens }
      : undefined;
  const delta = isObject(choice.delta) ? choice.delta : isObject(choice.message) ? choice.message : {};
  if (typeof delta.refusal === 'string' && delta.refusal !== '')
    throw new LlmError('llm_unparsable', `the model refused to answer: ${oneLine(delta.refusal)}`);
  const parts = Array.isArray(delta.content) ? (delta.content as unknown[]) : [delta.content ?? choice.text];
  const thinking =
    [delta.reasoning_content, delta.reasoning, delta.reasoning_details].some(says) ||
    parts.some((part) => isObject(part) && isThought(part));
  return {
    text: parts.map(textOf).join(''),
    thinking,
    finished: typeof choice.finish_reason === 'string',
    cut: choice.finish_reason === 'length',
    tokens,
  };
}

/** Text of a part of a message: a string, or `{"type":"text","text":"…"}`; a part of another type holds none that is shown. */
function textOf(part: unknown): string {
  if (typeof part === 'string') return part;
  return isObject(part) && typeof part.text === 'string' && !isThought(part) ? part.text : '';
}

function isThought(part: Loose): boolean {
  return part.thinking !== undefined || (typeof part.type === 'string' && /think|reason|thought/i.test(part.type));
}

function says(value: unknown): boolean {
  return typeof value === 'string' ? value !== '' : Array.isArray(value) && value.length > 0;
}

async function* whole(body: AsyncIterable<Uint8Array>): AsyncGenerator<ChatPiece> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES / 4) throw new LlmError('llm_answer_too_long', 'the answer is too long');
    chunks.push(chunk);
  }
  const piece = pieceOf(Buffer.concat(chunks).toString('utf8'));
  if (!piece) throw new LlmError('llm_garbage', "the server's answer is not a chat completion");
  if (piece.text.length > MAX_ANSWER) throw new LlmError('llm_answer_too_long', 'the answer is too long');
  yield* piecesOf(piece);
}

function failIn(value: Loose): void {
  if (value.error === undefined || value.error === null) return;
  const message = isObject(value.error) && typeof value.error.message === 'string' ? value.error.message : 'no reason given';
  throw new LlmError('llm_server_failed', `the server reported an error: ${oneLine(message)}`);
}

function oneLine(text: string): string {
  return text.slice(0, 200).replace(/\p{Cc}/gu, ' ');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
