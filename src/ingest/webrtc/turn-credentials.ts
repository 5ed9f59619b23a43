import { createHmac, randomBytes } from 'node:crypto';
import type { IceServer } from '../ingest-options.js';

/** Seconds that credentials are good for unless told otherwise: a day, since a relay asks for them again while a session lasts. */
const DEFAULT_TTL = 86_400;

/**
 * A server with credentials that it accepts now. Where it shares a secret with us they are made here and expire
 * (draft-uberti-behave-turn-rest-00 section 2.2; coturn's `use-auth-secret`): what a publisher is told is then of no use to others for
 * long, and each publisher has its own. The secret itself is never part of the result.
 */
export function withCredentials({ secret, ttl = DEFAULT_TTL, ...server }: IceServer, now = Date.now()): Omit<IceServer, 'secret' | 'ttl'> {
  if (secret === undefined) return server;
  const username = `${String(Math.floor(now / 1000) + ttl)}:${randomBytes(6).toString('hex')}`;
  return { ...server, username, credential: createHmac('sha1', secret).update(username).digest('base64') };
}
