import type { Context } from 'hono';
import { ProblemError } from './problem.js';

/**
 * Reads the text of a request's body. At most `most` bytes are held in memory, whatever Content-Length claims, and for chunked bodies.
 *
 * @throws ProblemError 413 `too_large`, as soon as that is known; 400 `bad_encoding` where it is not UTF-8
 */
export async function readBody(context: Context, most: number): Promise<string> {
  // No `connection: close`: many clients never read the response if the connection closes while they send. Node reads and drops the rest.
  const tooLarge = new ProblemError({
    status: 413,
    title: 'Content Too Large',
    code: 'too_large',
    detail: `the body exceeds ${String(most)} bytes`,
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
    // The client disconnected: nobody reads the response, and the server did not fail.
    throw cause === tooLarge
      ? tooLarge
      : new ProblemError({ status: 400, title: 'Bad Request', code: 'aborted', detail: 'the body is incomplete' }, cause);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch (cause) {
    throw new ProblemError({ status: 400, title: 'Bad Request', code: 'bad_encoding', detail: 'the body is not UTF-8 text' }, cause);
  }
}
