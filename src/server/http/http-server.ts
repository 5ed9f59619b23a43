import type { Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import type { Config } from '../../config/mod.js';
import type { Logger } from '../../telemetry/mod.js';
import type { Viewers } from '../viewers/viewers.js';
import { belowBasePath } from './base-path.js';
import { Connections } from './connections.js';
import type { Guard } from './guard.js';
import { createListener, listen, type Listener } from './listener.js';
import type { Refusals } from './refusals.js';
import { serveUpgrades } from './upgrades.js';

/** Milliseconds that responses in progress have to finish before their connections are closed. */
const RESPONSE_TIMEOUT_MS = 500;

export interface HttpServerOptions {
  readonly guard: Guard;
  readonly refusals: Refusals;
  readonly log: Logger;
}

/** The port of the server: certificate, connections, and who answers requests and upgrades. */
export class HttpServer {
  readonly #config: Config;
  readonly #guard: Guard;
  readonly #listener: Listener;
  readonly #connections: Connections;

  constructor(config: Config, { guard, refusals, log }: HttpServerOptions) {
    this.#config = config;
    this.#guard = guard;
    this.#listener = createListener(config, log);
    this.#connections = new Connections(this.#listener.http, {
      perAddress: config.limits.connections_per_address,
      writeTimeout: config.limits.write_timeout_ms,
      trusts: (address) => guard.trustsProxy(address),
      refusals,
    });
  }

  get #http(): Server {
    return this.#listener.http;
  }

  /** @param viewers answer `/ws`, where this process has the role `api` */
  serve(routes: Hono, viewers: Viewers): void {
    const { server, bus } = this.#config;
    const basePath = server.base_path;
    const answer = getRequestListener(routes.fetch, { overrideGlobalObjects: false });
    this.#http.on(
      'request',
      // eslint-disable-next-line @typescript-eslint/no-misused-promises -- the listener answers its own errors
      belowBasePath(basePath, answer),
    );
    serveUpgrades(this.#http, { guard: this.#guard, viewers: bus.roles.includes('api') ? viewers : undefined, basePath });
  }

  /** Resolves with the URL that it listens on. */
  listen(): Promise<string> {
    return listen(this.#http, this.#config);
  }

  /** Accepts no connection any more, and closes the open ones once their responses are sent or {@link RESPONSE_TIMEOUT_MS} is over. */
  close(): Promise<void> {
    this.#listener.stopFollowing();
    return new Promise((resolve) => {
      this.#http.close(() => {
        resolve();
      });
      this.#http.closeIdleConnections();
      setTimeout(() => {
        this.#connections.destroyAll();
      }, RESPONSE_TIMEOUT_MS).unref();
    });
  }
}
