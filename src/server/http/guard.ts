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

/** Whatever carries a request: a handler's context, or the request of an upgrade. */
export type Asking = Context | IncomingMessage;

/** Stands before every route and every WebSocket: who asks, from where, how often. */
export class Guard {
  /** One-time tickets; those of an installation are good at all its processes. */
  tickets: TicketStore = new Tickets();
  /** Told when tokens were read again: who was let in before may have lost the right. */
  onTokens: () => void = () => undefined;
  /** Told of every request that is refused because there were too many. */
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
        if (error)
          log.error({ file, reason: error.message }, "a file of tokens or keys changed but can't be used; the old ones stay in force");
        else {
          log.info({ file }, 'tokens or keys were read again');
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
        log.warn({ setting, file }, 'secrets readable by every user of this machine: chmod 600 the file, or 640 with a group of its own');
    }
    this.#proxies = new Proxies(server.trusted_proxies);
    this.#requests = new RateLimit({ rate: limits.requests_per_second });
    this.#publishes = new RateLimit({ rate: limits.publishes_per_minute / 60, burst: limits.publishes_per_minute });
    this.#failures = new RateLimit({ rate: limits.failures_per_minute / 60, burst: limits.failures_per_minute });
  }

  /** Whether tokens are asked for. */
  get enabled(): boolean {
    return this.#authenticator.enabled;
  }

  /** Whether an identity let in earlier would be let in now. */
  stillHolds(identity: Identity): boolean {
    return this.#authenticator.stillHolds(identity);
  }

  /** Stops following the files of tokens and keys. May be called twice. */
  close(): void {
    this.#authenticator.close();
  }

  /** Where a request comes from, as far as the proxies in front are trusted. */
  peer(asking: Asking): Peer {
    return this.#proxies.peer(requestOf(asking));
  }

  /** Whether a connection's own address is of a proxy, which speaks for many clients. */
  trustsProxy(address: string): boolean {
    return this.#proxies.trusts(address);
  }

  /** What every request must pass, before anybody asks who it is. @throws ProblemError */
  admit(asking: Asking): Peer {
    const request = requestOf(asking);
    const peer = this.peer(request);
    this.#take('requests', this.#requests, peer, 'too many requests from this address');
    this.#checkPlace(request, peer);
    const { origin } = request.headers;
    const reads = (request.method === 'GET' || request.method === 'HEAD') && request.headers.upgrade === undefined;
    if (!reads && !originAllowed(origin, peer.host, this.#config.server.allowed_origins)) {
      throw refusal(403, 'bad_origin', 'pages of this origin may not use this server; name it in server.allowed_origins if they should');
    }
    return peer;
  }

  /** Counts a publisher's attempt. @throws ProblemError */
  countPublish(asking: Asking): void {
    this.#take('publishes', this.#publishes, this.peer(asking), 'too many sessions were begun from this address');
  }

  /** The token that a request brings, from `Authorization` or, for a WebSocket, a subprotocol. @throws ProblemError */
  tokenOf(asking: Asking): string | undefined {
    const { authorization, upgrade, 'sec-websocket-protocol': offered } = requestOf(asking).headers;
    try {
      return tokenOfHeader(authorization) ?? (upgrade === undefined ? undefined : tokenOfSubprotocols(offered));
    } catch (error) {
      throw this.#refused(error, this.peer(asking));
    }
  }

  /** Who asks. @throws ProblemError 401 where a token is missing or wrong, 429 after too many wrong ones, 503 where keys can't be had */
  async identify(asking: Asking): Promise<Identity> {
    if (!this.enabled) return ANYONE;
    // A right token is right wherever wrong ones came from: many may share an address. What is slowed down is guessing.
    try {
      return await this.#authenticator.identify(this.tokenOf(asking));
    } catch (error) {
      throw this.#guessed(error, this.peer(asking));
    }
  }

  /** Who asks, if the grant is among their rights. @throws ProblemError as {@link identify}, and 403 */
  async require(asking: Asking, grant: Grant): Promise<Identity> {
    const identity = await this.identify(asking);
    try {
      requireGrant(identity, grant);
    } catch (error) {
      throw this.#refused(error, this.peer(asking));
    }
    return identity;
  }

  /** Who opens a WebSocket: by token, or by a ticket in the URL, which is spent by that. @throws ProblemError */
  async requireViewer(request: IncomingMessage, ticket: string | undefined): Promise<Identity> {
    if (!this.enabled || ticket === undefined) return this.require(request, 'watch');
    const identity = await overBus(() => this.tickets.redeem(ticket));
    if (!identity || !this.stillHolds(identity))
      throw this.#guessed(
        new AuthError(
          'token_invalid',
          'this ticket was used, has expired, was taken back with its token or never existed; get one by POST /api/tickets',
        ),
        this.peer(request),
      );
    return identity;
  }

  /** A ticket for who was let in. @throws ProblemError 503 where NATS can't keep it */
  issueTicket(identity: Identity): Promise<string> {
    return overBus(() => this.tickets.issue(identity));
  }

  /** A server that asks nobody for a token answers only those on its own machine, unless `server.insecure` says otherwise. */
  #checkPlace(request: IncomingMessage, peer: Peer): void {
    if (this.enabled) return;
    const { insecure, allowed_hosts: hosts } = this.#config.server;
    if (insecure) {
      // A page whose own name leads here (DNS rebinding) would count as one of ours.
      if (hostIsExpected(peer.host, hosts)) return;
      throw refusal(
        403,
        'bad_host',
        'this server asks for no token, so it answers to its addresses, localhost and the names in server.allowed_hosts only',
      );
    }
    if (!hostIsLocal(peer.host)) {
      throw refusal(
        403,
        'bad_host',
        'this server asks for no token, so it answers to localhost only; open it as http://localhost, or set up tokens',
      );
    }
    if (looksForwarded(request)) {
      throw refusal(
        403,
        'proxied',
        'a proxy passes requests on to this server, which asks for no token; set up tokens and server.trusted_proxies, or say --insecure',
      );
    }
  }

  #take(reason: RefusalReason, limit: RateLimit, peer: Peer, what: string): void {
    const wait = limit.take(addressKey(peer.address));
    if (wait === 0) return;
    this.onRefusal(reason);
    throw slowDown(what, wait);
  }

  /** The answer to a token that isn't right: after too many wrong ones, that it is to wait. */
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

/** @throws ProblemError 503 where the bus is in the way */
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
