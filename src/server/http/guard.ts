import type { IncomingMessage } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import {
  addressKey,
  ANYONE,
  AuthError,
  Authenticator,
  hostIsExpected,
  hostIsLocal,
  looksForwarded,
  originAllowed,
  Proxies,
  RateLimit,
  requireGrant,
  Tickets,
  readableByAll,
  tokenOfHeader,
  tokenOfSubprotocols,
  type Identity,
  type Peer,
  type TicketStore,
} from '../../auth/mod.js';
import { BusError } from '../../events/bus/mod.js';
import type { Config, Grant } from '../../config/mod.js';
import type { Logger } from '../../telemetry/mod.js';
import { ProblemError } from './problem.js';
import { BUS_AWAY } from './refusal.js';
import type { RefusalReason } from './refusals.js';

/** A request: a handler's context, or the request of an upgrade. */
export type Asking = Context | IncomingMessage;

/** Checks every request and WebSocket before its handler: identity, origin, rate. */
export class Guard {
  /** One-time tickets; with several processes, each accepts those of the others. */
  tickets: TicketStore = new Tickets();
  /** Called when the tokens were reloaded: identities accepted before may have been revoked. */
  onTokens: () => void = () => undefined;
  /** Called for every request that exceeds a limit. */
  onRefusal: (reason: RefusalReason) => void = () => undefined;
  readonly #config: Config;
  readonly #authenticator: Authenticator;
  readonly #proxies: Proxies;
  readonly #requests: RateLimit;
  readonly #publishes: RateLimit;
  readonly #failures: RateLimit;

  constructor(config: Config, log: Logger) {
    const { limits, server } = config;
    this.#config = config;
    this.#authenticator = Authenticator.open(config.auth, {
      onReload: (file, error) => {
        if (error) log.error({ file, reason: error.message }, 'tokens or keys could not be reloaded; the previous ones stay valid');
        else {
          log.info({ file }, 'tokens or keys reloaded');
          this.onTokens();
        }
      },
    });
    const secrets = [
      ['auth.tokens_file', config.auth.tokens_file],
      ['auth.jwt_secret_file', config.auth.jwt_secret_file],
      ['tls.key', config.tls.key],
    ] as const;
    for (const [setting, file] of secrets) {
      if (file !== undefined && readableByAll(file))
        log.warn({ setting, file }, 'secrets readable by every user of this machine: chmod 600 the file, or 640 with a dedicated group');
    }
    this.#proxies = new Proxies(server.trusted_proxies);
    this.#requests = new RateLimit({ rate: limits.requests_per_second });
    this.#publishes = new RateLimit({ rate: limits.publishes_per_minute / 60, burst: limits.publishes_per_minute });
    this.#failures = new RateLimit({ rate: limits.failures_per_minute / 60, burst: limits.failures_per_minute });
  }

  /** Whether requests need a token. */
  get enabled(): boolean {
    return this.#authenticator.enabled;
  }

  /** Whether an identity accepted earlier is still valid. */
  stillHolds(identity: Identity): boolean {
    return this.#authenticator.stillHolds(identity);
  }

  /** Stops watching the files of tokens and keys. */
  close(): void {
    this.#authenticator.close();
  }

  /** The client of a request, as reported by trusted proxies. */
  peer(asking: Asking): Peer {
    return this.#proxies.peer(requestOf(asking));
  }

  /** Whether the address is that of a trusted proxy, which connects for many clients. */
  trustsProxy(address: string): boolean {
    return this.#proxies.trusts(address);
  }

  /** Checks that every request must pass, before it is authenticated. @throws ProblemError */
  admit(asking: Asking): Peer {
    const request = requestOf(asking);
    const peer = this.peer(request);
    this.#take('requests', this.#requests, peer, 'too many requests from this address');
    this.#checkHost(request, peer);
    const { origin } = request.headers;
    const reads = (request.method === 'GET' || request.method === 'HEAD') && request.headers.upgrade === undefined;
    if (!reads && !originAllowed(origin, peer.host, this.#config.server.allowed_origins)) {
      throw refusal(403, 'bad_origin', 'this origin is not allowed; add it to server.allowed_origins to allow it');
    }
    return peer;
  }

  /** Counts an attempt to publish. @throws ProblemError */
  countPublish(asking: Asking): void {
    this.#take('publishes', this.#publishes, this.peer(asking), 'too many sessions started from this address');
  }

  /** The token of a request, from `Authorization` or, for a WebSocket, a subprotocol. @throws ProblemError */
  tokenOf(asking: Asking): string | undefined {
    const { authorization, upgrade, 'sec-websocket-protocol': offered } = requestOf(asking).headers;
    try {
      return tokenOfHeader(authorization) ?? (upgrade === undefined ? undefined : tokenOfSubprotocols(offered));
    } catch (error) {
      throw this.#refused(error, this.peer(asking));
    }
  }

  /**
   * The identity of the caller. @throws ProblemError 401 for a missing or wrong token, 429 after too many wrong ones, 503 where the keys
   * are unavailable
   */
  async identify(asking: Asking): Promise<Identity> {
    if (!this.enabled) return ANYONE;
    // Only guesses are rate-limited: a valid token passes whatever else came from its address, which many may share.
    try {
      return await this.#authenticator.identify(this.tokenOf(asking));
    } catch (error) {
      throw this.#guessed(error, this.peer(asking));
    }
  }

  /** The identity of the caller, if it has the grant. @throws ProblemError as {@link identify}, and 403 */
  async require(asking: Asking, grant: Grant): Promise<Identity> {
    const identity = await this.identify(asking);
    try {
      requireGrant(identity, grant);
    } catch (error) {
      throw this.#refused(error, this.peer(asking));
    }
    return identity;
  }

  /** The identity of a viewer, by token or by a ticket in the URL, which is used up. @throws ProblemError */
  async requireViewer(request: IncomingMessage, ticket: string | undefined): Promise<Identity> {
    if (!this.enabled || ticket === undefined) return this.require(request, 'watch');
    const identity = await overBus(() => this.tickets.redeem(ticket));
    if (!identity || !this.stillHolds(identity))
      throw this.#guessed(
        new AuthError(
          'token_invalid',
          'invalid ticket: used, expired, revoked with its token, or never issued; get one from POST /api/tickets',
        ),
        this.peer(request),
      );
    return identity;
  }

  /** A ticket for the identity. @throws ProblemError 503 where NATS cannot store it */
  issueTicket(identity: Identity): Promise<string> {
    return overBus(() => this.tickets.issue(identity));
  }

  /** A server without tokens accepts requests from its own machine only, unless `server.insecure` is set. */
  #checkHost(request: IncomingMessage, peer: Peer): void {
    if (this.enabled) return;
    const { insecure, allowed_hosts: hosts } = this.#config.server;
    if (insecure) {
      // DNS rebinding: a page whose own name resolves to this server would count as same-origin.
      if (hostIsExpected(peer.host, hosts)) return;
      throw refusal(
        403,
        'bad_host',
        'without tokens this server accepts requests for its IP addresses, localhost and the names in server.allowed_hosts only',
      );
    }
    if (!hostIsLocal(peer.host)) {
      throw refusal(
        403,
        'bad_host',
        'without tokens this server accepts requests for localhost only; open it as http://localhost, or set up tokens',
      );
    }
    if (looksForwarded(request)) {
      throw refusal(
        403,
        'proxied',
        'a proxy forwards requests to this server, which has no tokens; set up tokens and server.trusted_proxies, or use --insecure',
      );
    }
  }

  #take(reason: RefusalReason, limit: RateLimit, peer: Peer, what: string): void {
    const wait = limit.take(addressKey(peer.address));
    if (wait === 0) return;
    this.onRefusal(reason);
    throw slowDown(what, wait);
  }

  /** The response to a wrong token; after too many of them, 429. */
  #guessed(error: unknown, peer: Peer): unknown {
    const wait = error instanceof AuthError && error.isWrongToken ? this.#failures.wait(addressKey(peer.address)) : 0;
    if (wait === 0) return this.#refused(error, peer);
    this.onRefusal('wrong_tokens');
    return slowDown('too many wrong tokens from this address', wait);
  }

  #refused(error: unknown, peer: Peer): unknown {
    if (!(error instanceof AuthError)) return error;
    if (error.isWrongToken) this.#failures.take(addressKey(peer.address));
    const { status, code, message, challenge } = error;
    return new ProblemError(
      {
        status,
        title: TITLES[status],
        code,
        detail: message,
        ...(challenge === undefined ? { retryAfter: 5 } : { headers: { 'www-authenticate': challenge } }),
      },
      error,
    );
  }
}

const TITLES = { 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 503: 'Service Unavailable' } as const;

const requestOf = (asking: Asking): IncomingMessage =>
  'req' in asking && 'env' in asking ? (asking.env as HttpBindings).incoming : asking;

/** @throws ProblemError 503 where the bus fails */
async function overBus<T>(ask: () => T | Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw error instanceof BusError ? new ProblemError(BUS_AWAY, error) : error;
  }
}

const refusal = (status: 403, code: string, detail: string): ProblemError =>
  new ProblemError({ status, title: TITLES[status], code, detail });

const slowDown = (what: string, wait: number): ProblemError =>
  new ProblemError({
    status: 429,
    title: 'Too Many Requests',
    code: 'too_many_requests',
    detail: `${what}; wait and try again`,
    retryAfter: wait / 1000,
  });
