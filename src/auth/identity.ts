import type { Grant } from '../config/mod.js';
import { AuthError } from './auth-error.js';

/** Who asks, as far as a token says it. */
export interface Identity {
  /** Stable for one token (static) or one subject (JWT); caps count by it. Never the token itself. */
  readonly id: string;
  readonly grants: readonly Grant[];
  /** The only session name it may publish under, watch and erase; undefined: any. */
  readonly session: string | undefined;
  /** Milliseconds since the epoch when its rights end; undefined: never. */
  readonly expires: number | undefined;
  /** True where the server asks nobody for a token. */
  readonly anonymous: boolean;
}

/** Everyone, where no authentication is set up. */
export const ANYONE: Identity = { id: 'anyone', grants: ['admin'], session: undefined, expires: undefined, anonymous: true };

/** Whether the grant was given. `admin` includes all. */
export function hasGrant(identity: Identity, grant: Grant): boolean {
  return identity.grants.includes(grant) || identity.grants.includes('admin');
}

/** @throws AuthError `grant_missing` */
export function requireGrant(identity: Identity, grant: Grant): void {
  if (!hasGrant(identity, grant)) throw new AuthError('grant_missing', `this token lacks the grant ${grant}; use one that has it`);
}

/** Whether a session of this name, however its accents are encoded, concerns the identity at all. One that doesn't is answered as if it didn't exist. */
export function coversSession(identity: Pick<Identity, 'session'>, name: string): boolean {
  return identity.session === undefined || identity.session.normalize('NFC') === name.normalize('NFC');
}
