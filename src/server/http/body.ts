import type { Context } from 'hono';
import { ProblemError } from './problem.js';

/**
 * The text of a request's body. No more than `most` bytes are ever held, whatever the length that the request claims, or where it
 * claims none (chunked). Every route that takes a body reads it by this.
 *
 * @throws ProblemError 413 `too_large`, as soon as that is known; 400 `bad_encoding` where it is not UTF-8
 */
export async function readBody(context: Context, most: number): Promise<string> {
  // No `connection: close`: cut off in the middle of sending, many clients never see the answer. What is left is read and dropped for a moment.
  const tooLarge = new ProblemError({
    status: 413,
    title: 'Content Too Large',
    code: 'too_large',
    detail: `the body may have at most ${String(most)} bytes`,
  });
  if (Number(context.req.header('content-length') ?? 0) > most) throw tooLarge;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of (context.req.raw.body ?? []) as AsyncIterable<Uint8Array>) {
      bytes += chunk.byteLength;
      if (bytes > most) throw tooLarge;
      chunks.push(chunk);
    }
  } catch (cause) {
    // The client went away: nobody hears the answer, and it is no fault of ours.
    throw cause === tooLarge
      ? tooLarge
      : new ProblemError({ status: 400, title: 'Bad Request', code: 'aborted', detail: 'the body ended before it was whole' }, cause);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch (cause) {
    throw new ProblemError({ status: 400, title: 'Bad Request', code: 'bad_encoding', detail: 'the body is not UTF-8 text' }, cause);
  }
}
