import { createHmac, randomBytes } from 'node:crypto';
import { addressKey, type Identity } from '../../auth/mod.js';
import { holderOf } from './session-quota.js';

/** Drawn anew at each start and stored nowhere: no address can be found from a key. */
const SALT = randomBytes(32);

/**
 * Whom a session is counted against: the token that began it or, where nobody is asked for one, the address (an IPv6 /64), of which
 * only a keyed digest is used.
 */
export function writerKey(identity: Identity, address: string): string {
  return holderOf(identity) ?? createHmac('sha256', SALT).update(addressKey(address)).digest('base64url').slice(0, 16);
}
