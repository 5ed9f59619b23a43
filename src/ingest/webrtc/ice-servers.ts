import type { IceServer } from '../ingest-options.js';

type Address = readonly [string, number];

/** What our own ICE agent takes from the configured servers: the first STUN and the first TURN server. */
export function agentServers(servers: readonly IceServer[]): { readonly stun?: Address; readonly turn?: { readonly address: Address; readonly username: string; readonly password: string } } {
  const urls = servers.flatMap((server) => [server.urls].flat().map((url) => ({ url, server })));
  const stun = urls.find(({ url }) => url.startsWith('stun:'));
  const turn = urls.find(({ url, server }) => url.startsWith('turn:') && server.username && server.credential);
  return {
    ...(stun ? { stun: address(stun.url) } : {}),
    ...(turn ? { turn: { address: address(turn.url), username: turn.server.username ?? '', password: turn.server.credential ?? '' } } : {}),
  };
}

/** RFC 7064 and 7065; the port is 3478 where none is given. */
function address(url: string): Address {
  const rest = (url.split('?')[0] ?? '').replace(/^(stun|turn):/, '');
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(rest) ?? [];
  const host = bracketed ?? plain ?? rest;
  return [host, port ? Number(port) : 3478];
}
