import type { IceServer } from '../ingest-options.js';
import { withCredentials } from './turn-credentials.js';

/** Host and port. */
export type Address = readonly [string, number];

/** A TURN server that our own agent may use. */
export interface TurnServer {
  readonly address: Address;
  readonly username: string;
  readonly password: string;
  /** Spoken to by TCP (`?transport=tcp`). */
  readonly tcp?: true;
}

/** What our own ICE agent takes from the configured servers: the first STUN and the first TURN server. */
export function agentServers(servers: readonly IceServer[]): { readonly stun?: Address; readonly turn?: TurnServer } {
  const urls = servers.flatMap((server) => [server.urls].flat().map((url) => ({ url, server })));
  const stun = urls.find(({ url }) => url.startsWith('stun:'));
  const turn = urls.find(({ url, server }) => url.startsWith('turn:') && (server.secret ?? (server.username && server.credential)));
  const { username = '', credential: password = '' } = turn ? withCredentials(turn.server) : {};
  return {
    ...(stun ? { stun: address(stun.url) } : {}),
    ...(turn
      ? {
          turn: { address: address(turn.url), username, password, ...(/[?&]transport=tcp\b/.test(turn.url) ? { tcp: true as const } : {}) },
        }
      : {}),
  };
}

/** RFC 7064 and 7065; the port is 3478 where none is given. */
function address(url: string): Address {
  const rest = (url.split('?')[0] ?? '').replace(/^(stun|turn):/, '');
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(rest) ?? [];
  const host = bracketed ?? plain ?? rest;
  return [host, port ? Number(port) : 3478];
}
