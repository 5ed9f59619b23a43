/**
 * ICE servers of a WHIP answer's Link headers (RFC 9725 section 4.6):
 * `<turn:turn.example.net?transport=udp>; rel="ice-server"; username="u"; credential="c"; credential-type="password"`.
 */
export function iceServers(link: string | null): RTCIceServer[] {
  const servers: RTCIceServer[] = [];
  for (const match of (link ?? '').matchAll(/<([^>]*)>((?:\s*;\s*[\w-]+\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^",;\s]+))*)/g)) {
    const parameters = new Map<string, string>();
    for (const [, name = '', quoted, plain] of (match[2] ?? '').matchAll(/;\s*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^",;\s]+))/g)) {
      parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '');
    }
    const url = match[1] ?? '';
    if (!parameters.get('rel')?.split(' ').includes('ice-server') || !/^(stun|stuns|turn|turns):/.test(url)) continue;
    const username = parameters.get('username');
    const credential = parameters.get('credential');
    servers.push({ urls: url, ...(username === undefined ? {} : { username }), ...(credential === undefined ? {} : { credential }) });
  }
  return servers;
}
