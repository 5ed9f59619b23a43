import { chatStream } from '../../../src/llm/endpoint/chat-stream.js';
import { SseParser } from '../../../src/llm/endpoint/sse.js';
import { retryAfter } from '../../../src/common/retry-after.js';
import { LlmError } from '../../../src/llm/llm-error.js';
import { expect, text, type FuzzTarget } from '../target.js';

async function* once(bytes: Uint8Array, step: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
  await Promise.resolve();
}

export const sse: FuzzTarget = {
  name: 'sse',
  maxLength: 2048,
  dictionary: [
    'data: ',
    'data:',
    '\n\n',
    '\r\n\r\n',
    '\r',
    ': comment\n',
    '[DONE]',
    '{"choices":[{"delta":{"content":"a"}}]}',
    '"finish_reason":"stop"',
    '"usage":{"completion_tokens":5}',
    '{"error":{"message":"x"}}',
    'event: x\n',
    'null',
    '"text":"b"',
    '\ufeff',
    '1e999',
  ],
  seeds: () => [
    'data: {"choices":[{"delta":{"content":"AU12 "}}]}\n\ndata: {"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"completion_tokens":3}}\n\ndata: [DONE]\n\n',
    ': hi\r\ndata: {"choices":[\r\ndata: {"text":"a","finish_reason":null}]}\r\n\r\ndata: [DONE]\r\n\r\n',
    'data: {"error":{"message":"no"}}\n\n',
    '{"choices":[{"message":{"content":"whole"},"finish_reason":"stop"}]}',
  ],
  run: async (input) => {
    const step = 1 + ((input[0] ?? 0) % 9);
    const whole = new SseParser();
    const pieces = new SseParser();
    const all = [...whole.push(input), ...whole.end()];
    const bits: string[] = [];
    for (let at = 0; at < input.length; at += step) bits.push(...pieces.push(input.subarray(at, at + step)));
    bits.push(...pieces.end());
    expect(JSON.stringify(all) === JSON.stringify(bits), `a stream gives the same in pieces of ${String(step)}`);
    for (const type of ['text/event-stream', 'application/json']) {
      let characters = 0;
      try {
        for await (const piece of chatStream(once(input, step * 16), type)) characters += 'text' in piece ? piece.text.length : 0;
      } catch (error) {
        if (!(error instanceof LlmError)) throw error;
      }
      expect(characters <= input.length, 'no more is said than was sent');
    }
    const wait = retryAfter(text(input.subarray(0, 40)), 0);
    expect(wait === undefined || wait >= 0, 'a wait is not negative');
  },
};
