/** Bytes of a JWKS at most; real ones have a few keys of some hundred bytes each. */
const MOST_BYTES = 256 * 1024;

/**
 * Fetches a JWKS and reads no more of the answer than a JWKS can need; the signal, jose's, bounds the time until it is read whole.
 * @throws Error where the answer is longer
 */
export async function fetchJwks(url: string, options: RequestInit): Promise<Response> {
  const response = await fetch(url, options);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the rest.
    if (bytes > MOST_BYTES) throw new Error(`the JWKS has more than ${String(MOST_BYTES)} bytes`);
    chunks.push(chunk);
  }
  return new Response(Buffer.concat(chunks), { status: response.status, headers: response.headers });
}
