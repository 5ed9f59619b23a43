import * as http from 'node:http';
import * as https from 'node:https';
import { agentFor } from '../common/proxy-agent.js';

/** Largest JWKS, bytes; real ones have a few keys of some hundred bytes each. */
const MAX_BYTES = 256 * 1024;

/**
 * Fetches a JWKS, through a proxy where the environment names one (Node's own `fetch` knows of none), and reads no more of the answer than
 * a JWKS can need; the signal, jose's, bounds the time until it is read whole. Redirects are not followed.
 *
 * @throws Error where the answer is longer or there is none
 */
export async function fetchJwks(url: string, { headers, signal }: RequestInit): Promise<Response> {
  const target = new URL(url);
  const agent = agentFor(target, { maxSockets: 1 });
  try {
    const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
      (target.protocol === 'https:' ? https : http)
        .get(target, { agent, headers: Object.fromEntries(new Headers(headers)), ...(signal ? { signal } : {}) }, resolve)
        .on('error', reject);
    });
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of answer as AsyncIterable<Uint8Array>) {
      bytes += chunk.byteLength;
      // Leaving the loop closes the connection.
      if (bytes > MAX_BYTES) throw new Error(`the JWKS exceeds ${String(MAX_BYTES)} bytes`);
      chunks.push(chunk);
    }
    // Of any other answer only the status counts, and some may have no body.
    return answer.statusCode === 200
      ? new Response(Buffer.concat(chunks))
      : new Response(null, { status: Math.max(200, answer.statusCode ?? 500) });
  } finally {
    agent.destroy();
  }
}
