import * as http from 'node:http';
import * as https from 'node:https';
import { HttpProxyAgent } from 'http-proxy-agent';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { getProxyForUrl } from 'proxy-from-env';

/** Connections kept for more requests, and how many. */
export interface AgentOptions {
  readonly maxSockets: number;
  readonly maxFreeSockets?: number;
}

/**
 * Connections to another server: through the proxy that HTTP_PROXY, HTTPS_PROXY or ALL_PROXY names, unless NO_PROXY excepts the host, as
 * curl reads them. This machine itself is never asked through a proxy, for which it would be another one.
 *
 * @throws Error where the variable holds something other than an http: or https: URL.
 */
export function agentFor(url: URL, options: AgentOptions): http.Agent {
  const kept = { keepAlive: true, ...options };
  const proxy = proxyOf(url);
  if (!proxy) return new (url.protocol === 'https:' ? https : http).Agent(kept);
  return url.protocol === 'https:' ? new HttpsProxyAgent(proxy, kept) : new HttpProxyAgent(proxy, kept);
}

const LOOPBACK = /^(?:(?:.*\.)?localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** For messages: which proxy is between, or nothing. Never throws. */
export function proxied(url: URL): string {
  try {
    const proxy = proxyOf(url);
    return proxy ? ` through the proxy ${proxy.host} (NO_PROXY excepts hosts)` : '';
  } catch {
    return '';
  }
}

function proxyOf(url: URL): URL | undefined {
  const named = LOOPBACK.test(url.hostname) ? '' : getProxyForUrl(url.href);
  if (named === '') return undefined;
  let proxy: URL | undefined;
  try {
    proxy = new URL(named);
  } catch {
    /* told below */
  }
  // The value may hold a password.
  if (!proxy || !/^https?:$/.test(proxy.protocol))
    throw new Error(
      `the proxy for ${url.host} (HTTP_PROXY, HTTPS_PROXY or ALL_PROXY) is not an http:// or https:// URL; correct it, or except the host by NO_PROXY`,
    );
  return proxy;
}
