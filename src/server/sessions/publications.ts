import { STATUS_CODES } from 'node:http';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { coversSession, digest, sameDigest } from '../../auth/mod.js';
import { WhipError, withCredentials, type IceServer, type IngestPool, type Publication } from '../../ingest/mod.js';
import type { SessionQuota } from './session-quota.js';
import type { PublisherQuota } from './publisher-quota.js';
import { ProblemError, type Problem } from '../http/problem.js';
import { NO_ROOM } from '../http/refusal.js';
import type { Sessions } from './sessions.js';

export interface PublicationsOptions {
  /** Undefined where this process takes no publishers. */
  readonly ingest: Pick<IngestPool, 'publish'> | undefined;
  readonly sessions: Sessions;
  /** Limits live sessions per token. */
  readonly held: SessionQuota;
  /** Limits pending sessions per publisher. */
  readonly quota: PublisherQuota;
  readonly iceServers: readonly IceServer[];
}

/** A publisher's request to start a session. */
export interface PublishRequest {
  /** Digest of the secret in the resource's path, in hexadecimal. */
  readonly key: string;
  /** SDP. */
  readonly offer: string;
  /** Display name of the session. Default: its id. */
  readonly name?: string | undefined;
  /** Key by which {@link SessionQuota} counts. */
  readonly holder?: string | undefined;
  /** Key of the publisher: its token or address. Default: the session's id. */
  readonly writer?: string | undefined;
  /** Digest of the token, in hexadecimal: it may end the session even after it has expired. */
  readonly token?: string | undefined;
}

/** The response to a publisher whose session started. */
export interface Published {
  /** SDP. */
  readonly answer: string;
  readonly etag: string;
  /** The session's public id. */
  readonly session: string;
  /** Values of `Link` headers. */
  readonly links: readonly string[];
  /** Tag, in the resource's path, of the process that runs the session, where it is another one. */
  readonly tag?: string;
}

/** Whoever accesses a resource. */
export interface Bearer {
  /** Digest of the token that came with the request, in hexadecimal. */
  readonly token?: string | undefined;
  /** Has the grant `publish`, for this session name or, without one, for any. */
  readonly identity?: { readonly session?: string | undefined } | undefined;
}

/** WHIP resources, of this process or another one. */
export interface Resources {
  /** Whether the resource exists and the bearer may access it. @throws ProblemError where that is unknown */
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

interface Resource {
  readonly publication: Publication;
  readonly session: string;
  readonly name: string;
  readonly token: string | undefined;
}

/** The publishers of this process, by the digest of their resource's secret, so that a memory dump does not reveal secrets. */
export class Publications implements Resources {
  readonly #options: PublicationsOptions;
  /** Includes sessions that are still starting, so that a publisher that stops waiting can end them. */
  readonly #published = new Map<string, Promise<Resource | undefined>>();

  constructor(options: PublicationsOptions) {
    this.#options = options;
  }

  /** Why this process accepts no further publisher, or `undefined`. */
  get refusal(): Problem | undefined {
    const { sessions, ingest } = this.#options;
    return ingest ? sessions.refusalProblem : NO_ROOM;
  }

  /** @throws ProblemError */
  async begin({ key, offer, name, holder, writer, token }: PublishRequest): Promise<Published> {
    const { sessions, held, ingest, quota } = this.#options;
    const { refusal } = this;
    if (refusal || !ingest) throw new ProblemError(refusal ?? NO_ROOM);
    const id = sessions.newId();
    const settle = quota.admit(writer ?? id);
    let releaseQuota: () => void;
    try {
      releaseQuota = held.hold(holder);
    } catch (error) {
      settle();
      throw error;
    }
    const unreserve = sessions.reserve();
    const starting = (async (): Promise<Resource> => {
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
        releaseQuota();
      });
      return { publication, session: id, name: name ?? id, token };
    })();
    this.#published.set(
      key,
      starting.catch(() => undefined),
    );
    try {
      const {
        publication: { answer, etag },
      } = await starting;
      await sessions.findable(id);
      return { answer, etag, session: id, links: this.#options.iceServers.map(linkOf) };
    } catch (error) {
      this.#published.delete(key);
      releaseQuota();
      settle();
      throw toProblem(error);
    } finally {
      unreserve();
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

  async #find(key: string, { token, identity }: Bearer): Promise<Resource | undefined> {
    const found = await this.#published.get(key);
    if (!found) return undefined;
    const isOwner =
      token !== undefined && found.token !== undefined && sameDigest(Buffer.from(found.token, 'hex'), Buffer.from(token, 'hex'));
    return isOwner || (identity && coversSession({ session: identity.session }, found.name)) ? found : undefined;
  }
}

/** The resource does not exist, or the bearer may not access it. */
export const NOT_FOUND: Problem = {
  status: 404,
  title: 'Not Found',
  code: 'not_found',
  detail: 'this WHIP session has ended or never existed; POST a new offer to /whip',
};

/** The key of a secret; a look-up by digest leaks no timing about the secret. */
export const keyOf = (secret: string): string => digest(secret).toString('hex');

/** RFC 9725 section 4.6, with credentials for this publisher where the TURN server uses a shared secret. */
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
      detail: "the session could not be started; see the server's log for the cause",
    },
    error,
  );
}
