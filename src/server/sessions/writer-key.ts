import { createHmac, randomBytes } from 'node:crypto';
import { addressKey, type Identity } from '../../auth/mod.js';
import { holderOf } from './session-quota.js';

/** Random per process and never stored: an address cannot be recovered from its key. */
const SALT = randomBytes(32);

/**
 * The key of whoever publishes a session: of its token or, without authentication, of its address (an IPv6 /64), as a keyed digest.
 */
export function writerKey(identity: Identity, address: string): string {
  return holderOf(identity) ?? createHmac('sha256', SALT).update(addressKey(address)).digest('base64url').slice(0, 16);
}
