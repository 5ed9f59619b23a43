import { STATUS_CODES } from 'node:http';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { coversSession, digest, sameDigest } from '../../auth/mod.js';
import { WhipError, withCredentials, type IceServer, type IngestPool, type Publication } from '../../ingest/mod.js';
import type { SessionQuota } from './session-quota.js';
import type { PublisherQuota } from './publisher-quota.js';
import { ProblemError, type Problem } from '../http/problem.js';
import { NO_ROOM } from '../http/refusal.js';
import type { Sessions } from './sessions.js';

/** Options of {@link Publications}. */
export interface PublicationsOptions {
  /** Absent where this process takes no publishers. */
  readonly ingest: Pick<IngestPool, 'publish'> | undefined;
  readonly sessions: Sessions;
  /** Counts them by token. */
  readonly held: SessionQuota;
  /** Bounds what one publisher may hold. */
  readonly quota: PublisherQuota;
  readonly iceServers: readonly IceServer[];
}

/** A publisher who wants to begin. */
export interface Beginning {
  /** Digest of the secret in the resource's path, in hexadecimal. */
  readonly key: string;
  /** SDP. */
  readonly offer: string;
  /** Label of the session; undefined: its id. */
  readonly name?: string | undefined;
  /** Key by which the sessions of a token are counted. */
  readonly holder?: string | undefined;
  /** Key of the token or address that the session is counted against. Default: the session's own. */
  readonly writer?: string | undefined;
  /** Digest of the token, in hexadecimal: it may end the session even when it has expired since. */
  readonly token?: string | undefined;
}

/** A publisher who was let in. */
export interface Begun {
  /** SDP. */
  readonly answer: string;
  readonly etag: string;
  /** The session's public id. */
  readonly session: string;
  /** Values of `Link` headers. */
  readonly links: readonly string[];
  /** The process that took it, in the resource's path, where it was another one. */
  readonly tag?: string;
}

/** Who asks something of a resource. */
export interface Bearer {
  /** Digest of the token that came with the request, in hexadecimal. */
  readonly token?: string | undefined;
  /** Somebody who may publish, under this name only or, without one, under any. */
  readonly identity?: { readonly session?: string | undefined } | undefined;
}

/** Resources of publishers, in this process or in another one. */
export interface Resources {
  /** Whether there is such a resource, and it is open to the bearer. @throws ProblemError where nobody can say */
  has(key: string, by: Bearer): Promise<boolean>;
  /** PATCH (RFC 9725 section 4.3). @throws ProblemError */
  trickle(
    key: string,
    by: Bearer,
    fragment: string,
    ifMatch: string | undefined,
  ): Promise<{ readonly body?: string | undefined; readonly etag: string }>;
  /** DELETE. @throws ProblemError */
  end(key: string, by: Bearer): Promise<void>;
}

interface Published {
  readonly publication: Publication;
  readonly session: string;
  readonly name: string;
  readonly token: string | undefined;
}

/** The publishers of this process, by the digest of their resource's secret: a dump of the memory ends no session. */
export class Publications implements Resources {
  readonly #options: PublicationsOptions;
  /** Those that are being let in too: who gives up waiting for that must be able to end it. */
  readonly #published = new Map<string, Promise<Published | undefined>>();

  constructor(options: PublicationsOptions) {
    this.#options = options;
  }

  /** Why nobody else is let in here, or `undefined`. */
  get refusal(): Problem | undefined {
    const { sessions, ingest } = this.#options;
    return ingest ? sessions.refusalProblem : NO_ROOM;
  }

  /** @throws ProblemError */
  async begin({ key, offer, name, holder, writer, token }: Beginning): Promise<Begun> {
    const { sessions, held, ingest, quota } = this.#options;
    const { refusal } = this;
    if (refusal || !ingest) throw new ProblemError(refusal ?? NO_ROOM);
    const id = sessions.newId();
    const settle = quota.admit(writer ?? id);
    let giveBack: () => void;
    try {
      giveBack = held.hold(holder);
    } catch (error) {
      settle();
      throw error;
    }
    const release = sessions.reserve();
    const beginning = (async (): Promise<Published> => {
      const publication = await ingest.publish(offer, { sessionKey: id });
      const { running } = sessions.start(id, name ?? id, publication.source, {
        writer,
        onSettled: settle,
        onFaulty: () => {
          if (writer !== undefined) quota.faulty(writer);
        },
      });
      void running.ended.then(() => {
        this.#published.delete(key);
        giveBack();
      });
      return { publication, session: id, name: name ?? id, token };
    })();
    this.#published.set(
      key,
      beginning.catch(() => undefined),
    );
    try {
      const {
        publication: { answer, etag },
      } = await beginning;
      return { answer, etag, session: id, links: this.#options.iceServers.map(linkOf) };
    } catch (error) {
      this.#published.delete(key);
      giveBack();
      settle();
      throw toProblem(error);
    } finally {
      release();
    }
  }

  async has(key: string, by: Bearer): Promise<boolean> {
    return (await this.#find(key, by)) !== undefined;
  }

  async trickle(
    key: string,
    by: Bearer,
    fragment: string,
    ifMatch: string | undefined,
  ): Promise<{ readonly body?: string; readonly etag: string }> {
    const found = await this.#find(key, by);
    if (!found) throw new ProblemError(NOT_FOUND);
    return found.publication.trickle(fragment, ifMatch).catch((error: unknown) => {
      throw toProblem(error);
    });
  }

  async end(key: string, by: Bearer): Promise<void> {
    const found = await this.#find(key, by);
    if (!found) throw new ProblemError(NOT_FOUND);
    this.#published.delete(key);
    this.#options.sessions.get(found.session)?.running.close('ended');
  }

  async #find(key: string, { token, identity }: Bearer): Promise<Published | undefined> {
    const found = await this.#published.get(key);
    if (!found) return undefined;
    const began =
      token !== undefined && found.token !== undefined && sameDigest(Buffer.from(found.token, 'hex'), Buffer.from(token, 'hex'));
    return began || (identity && coversSession({ session: identity.session }, found.name)) ? found : undefined;
  }
}

/** There is no such resource, or it is none of the bearer's business. */
export const NOT_FOUND: Problem = {
  status: 404,
  title: 'Not Found',
  code: 'not_found',
  detail: 'this WHIP session has ended or never existed; POST a new offer to /whip',
};

/** The key of a secret: found in a time that tells nothing of it. */
export const keyOf = (secret: string): string => digest(secret).toString('hex');

/** RFC 9725 section 4.6, with credentials of this publisher's own where the server shares a secret with us. */
function linkOf(server: IceServer): string {
  const { urls, username, credential } = withCredentials(server);
  const auth =
    username === undefined ? '' : `; username=${quote(username)}; credential=${quote(credential ?? '')}; credential-type="password"`;
  return `<${[urls].flat().join(' ')}>; rel="ice-server"${auth}`;
}

const quote = (value: string): string => `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

function toProblem(error: unknown): ProblemError {
  if (error instanceof WhipError) {
    return new ProblemError(
      {
        status: error.status as ContentfulStatusCode,
        title: STATUS_CODES[error.status] ?? 'Error',
        code: error.code,
        detail: error.message,
        ...(error.status === 503 || error.status === 429 ? { retryAfter: 5 } : {}),
      },
      error,
    );
  }
  return new ProblemError(
    {
      status: 500,
      title: 'Internal Server Error',
      code: 'ingest_failed',
      detail: "the session could not be set up; the server's log says why",
    },
    error,
  );
}
