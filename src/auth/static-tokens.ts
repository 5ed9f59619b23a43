import type { TokenEntry } from '../config/mod.js';
import { digest, sameDigest } from './digest.js';
import type { Identity } from './identity.js';

interface Known {
  readonly digest: Buffer;
  readonly identity: Identity;
}

/** Configured tokens, of which only digests are held. */
export class StaticTokens {
  readonly #known: readonly Known[];

  constructor(entries: readonly TokenEntry[]) {
    this.#known = entries.map(({ name, token, sha256, grants, session }) => {
      const hash = token === undefined ? Buffer.from(sha256 ?? '', 'hex') : digest(token);
      return {
        digest: hash,
        identity: { id: name ?? `token-${hash.toString('hex').slice(0, 8)}`, grants, session, expires: undefined, anonymous: false },
      };
    });
  }

  get size(): number {
    return this.#known.length;
  }

  /** Whether an identity is still configured, with all of its grants. */
  holds({ id, grants, session }: Identity): boolean {
    return this.#known.some(
      ({ identity }) =>
        identity.id === id &&
        identity.session === session &&
        (identity.grants.includes('admin') || grants.every((grant) => identity.grants.includes(grant))),
    );
  }

  /** The identity of a token. Compares with all of them, so that timing reveals nothing. */
  find(token: string): Identity | undefined {
    const given = digest(token);
    let found: Identity | undefined;
    for (const known of this.#known) if (sameDigest(known.digest, given)) found ??= known.identity;
    return found;
  }
}
