import type { TokenEntry } from '../config/mod.js';
import { digest, sameDigest } from './digest.js';
import type { Identity } from './identity.js';

interface Known {
  readonly digest: Buffer;
  readonly identity: Identity;
}

/** Tokens written down beforehand. Holds their digests only. */
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

  /** Whether an identity found once is still written down, with no right less. */
  holds({ id, grants, session }: Identity): boolean {
    return this.#known.some(
      ({ identity }) =>
        identity.id === id &&
        identity.session === session &&
        (identity.grants.includes('admin') || grants.every((grant) => identity.grants.includes(grant))),
    );
  }

  /** Whose token it is. Looks at all of them, whichever fits, so that the time tells nothing. */
  find(token: string): Identity | undefined {
    const given = digest(token);
    let found: Identity | undefined;
    for (const known of this.#known) if (sameDigest(known.digest, given)) found ??= known.identity;
    return found;
  }
}
