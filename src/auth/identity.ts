import type { Grant } from '../config/mod.js';
import { AuthError } from './auth-error.js';

/** The caller, as identified by its token. */
export interface Identity {
  /** Stable per token (static) or subject (JWT); limits count by it. Never the token itself. */
  readonly id: string;
  readonly grants: readonly Grant[];
  /** The only session name it may publish under, watch and erase; undefined: any. */
  readonly session: string | undefined;
  /** When the token expires, milliseconds since the epoch; undefined: never. */
  readonly expires: number | undefined;
  /** True without authentication. */
  readonly anonymous: boolean;
}

/** Every caller, without authentication. */
export const ANYONE: Identity = { id: 'anyone', grants: ['admin'], session: undefined, expires: undefined, anonymous: true };

/** Whether the identity has the grant. `admin` includes all. */
export function hasGrant(identity: Identity, grant: Grant): boolean {
  return identity.grants.includes(grant) || identity.grants.includes('admin');
}

/** @throws AuthError `grant_missing` */
export function requireGrant(identity: Identity, grant: Grant): void {
  if (!hasGrant(identity, grant)) throw new AuthError('grant_missing', `this token lacks the grant ${grant}`);
}

/** Whether the identity covers a session of this name, in any Unicode normal form. One that is not covered is treated as non-existent. */
export function coversSession(identity: Pick<Identity, 'session'>, name: string): boolean {
  return identity.session === undefined || identity.session.normalize('NFC') === name.normalize('NFC');
}
