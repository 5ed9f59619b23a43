import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createSecureContext } from 'node:tls';
import { onFileChange } from '../../auth/mod.js';
import { ConfigError, type Config } from '../../config/mod.js';
import type { Logger } from '../../telemetry/mod.js';
import { IncomingRequest } from './incoming-request.js';

/** An HTTP or HTTPS server. */
export interface Listener {
  readonly http: Server;
  /** Stops watching the certificate; the caller closes the server. */
  stopFollowing(): void;
}

/** Reads the certificate once, so that a wrong one is reported before anything is started. @throws ConfigError */
export function checkCertificate({ cert, key }: Config['tls']): void {
  if (cert !== undefined && key !== undefined) readPair(cert, key);
}

/** Creates the HTTP server with its limits, with TLS where a certificate is set. @throws ConfigError where that is not usable */
export function createListener(config: Config, log: Logger): Listener {
  const { limits } = config;
  const options = {
    headersTimeout: limits.header_timeout_ms,
    requestTimeout: Math.max(limits.request_timeout_ms, limits.header_timeout_ms),
    keepAliveTimeout: limits.idle_timeout_ms,
    connectionsCheckingInterval: Math.min(10_000, limits.header_timeout_ms),
    maxHeaderSize: 16_384,
    IncomingMessage: IncomingRequest,
  };
  const { cert, key } = config.tls;
  if (cert === undefined || key === undefined) {
    const http = createServer(options);
    http.maxConnections = limits.connections;
    return { http, stopFollowing: () => undefined };
  }
  const http = createTlsServer({
    ...options,
    ...readPair(cert, key),
    minVersion: 'TLSv1.2',
    handshakeTimeout: limits.header_timeout_ms,
  });
  http.maxConnections = limits.connections;
  const renew = (): void => {
    try {
      http.setSecureContext({ ...readPair(cert, key), minVersion: 'TLSv1.2' });
      log.info('certificate reloaded');
    } catch (error) {
      // Certificate and key are replaced one after the other; the second change completes the pair.
      log.warn({ reason: (error as Error).message }, 'certificate could not be reloaded; the previous one stays in use');
    }
  };
  const leave = [cert, key].map((file) => onFileChange(file, renew));
  return {
    http,
    stopFollowing: () => {
      for (const stop of leave) stop();
    },
  };
}

/** Reads certificate and key and checks that they belong together. @throws ConfigError */
function readPair(cert: string, key: string): { cert: Buffer; key: Buffer } {
  const read = (path: string, what: string): Buffer => {
    try {
      return readFileSync(path);
    } catch (cause) {
      throw new ConfigError(`cannot read the ${what} ${path} (${(cause as NodeJS.ErrnoException).code ?? 'unknown'})`, { cause });
    }
  };
  const pair = { cert: read(cert, 'certificate'), key: read(key, 'private key') };
  try {
    createSecureContext(pair);
  } catch (cause) {
    throw new ConfigError(
      `certificate ${cert} and key ${key} do not match (${(cause as Error).message}); both must be PEM, and the key unencrypted`,
      { cause },
    );
  }
  return pair;
}

/** Listens, and returns the URL, e.g. `https://127.0.0.1:8080`. Rejects with the cause and the fix. */
export async function listen(http: Server, { server, tls }: Config): Promise<string> {
  const { host, port } = server;
  try {
    await new Promise<void>((resolve, reject) => {
      http.once('error', reject);
      http.listen(port, host, () => {
        http.off('error', reject);
        resolve();
      });
    });
  } catch (error) {
    throw listenError(error, host, port);
  }
  const address = http.address() as AddressInfo;
  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `${tls.cert === undefined ? 'http' : 'https'}://${shown}:${String(address.port)}`;
}

function listenError(error: unknown, host: string, port: number): Error {
  const code = (error as NodeJS.ErrnoException).code;
  const where = `${host}:${String(port)}`;
  if (code === 'EADDRINUSE')
    return new Error(`port ${String(port)} is taken on ${host}; stop what uses it, or choose another with --port`, { cause: error });
  if (code === 'EACCES') return new Error(`listening on ${where} is not allowed; choose a port above 1023 with --port`, { cause: error });
  return new Error(`cannot listen on ${where} (${code ?? 'unknown'}); check --host and --port`, { cause: error });
}
