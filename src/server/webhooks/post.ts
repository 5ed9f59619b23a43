import { createHmac } from 'node:crypto';
import * as http from 'node:http';
import * as https from 'node:https';
import { isIP } from 'node:net';
import { retryAfter } from '../../common/retry-after.js';
import { isPublicAddress, publicLookup } from './public-address.js';

/** Milliseconds for a receiver to answer. */
const ANSWER_TIMEOUT_MS = 10_000;

export interface PostOptions {
  readonly url: URL;
  readonly secret: string;
  /** Idempotency key. */
  readonly delivery: string;
  readonly body: string;
  readonly allowPrivate: boolean;
  readonly agent: http.Agent | https.Agent;
  readonly signal: AbortSignal;
}

/** What a receiver answered. Redirects are not followed. */
export interface Posted {
  readonly status: number;
  /** Milliseconds that it asks to wait. */
  readonly retryAfter: number | undefined;
}

/** HMAC-SHA256 over the timestamp (seconds since the epoch), a dot and the body, in hex. */
export const signatureOf = (secret: string, timestamp: number, body: string): string =>
  createHmac('sha256', secret)
    .update(`${String(timestamp)}.${body}`)
    .digest('hex');

/** Sends a signed event. Rejects where no answer came. */
export function post({ url, secret, delivery, body, allowPrivate, agent, signal }: PostOptions): Promise<Posted> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // Names are checked when they are resolved.
  if (!allowPrivate && isIP(host) !== 0 && !isPublicAddress(host)) return Promise.reject(new Error(`${host} is not a public address`));
  const timestamp = Math.floor(Date.now() / 1000);
  const headers = {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'mellm-delivery': delivery,
    'mellm-signature': `t=${String(timestamp)},v1=${signatureOf(secret, timestamp, body)}`,
  };
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? https : http).request(
      url,
      { method: 'POST', agent, headers, signal, timeout: ANSWER_TIMEOUT_MS, ...(allowPrivate ? {} : { lookup: publicLookup }) },
      (answer) => {
        // The body is of no interest; reading it frees the connection.
        answer.resume();
        answer.on('error', () => undefined);
        resolve({ status: answer.statusCode ?? 0, retryAfter: retryAfter(answer.headers['retry-after']) });
      },
    );
    request.on('timeout', () => request.destroy(new Error('no answer in time')));
    request.on('error', reject);
    request.end(body);
  });
}
