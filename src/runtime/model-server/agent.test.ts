import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { agentFor, proxied } from '../../common/proxy-agent.js';
import { request } from './request.js';

const open: Server[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const server of open.splice(0))
    await new Promise((resolve) => {
      server.closeAllConnections();
      server.close(resolve);
    });
});

async function listening(server: Server): Promise<number> {
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** A proxy that sends every request to `port`, and tells whom it was for. */
async function proxyTo(port: number): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((incoming, response) => {
    asked.push(`${incoming.method ?? ''} ${incoming.url ?? ''} ${incoming.headers['proxy-authorization'] ?? ''}`.trim());
    response.end('through the proxy');
  });
  server.on('connect', (incoming, socket) => {
    asked.push(`CONNECT ${incoming.url ?? ''}`);
    const there = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      there.pipe(socket).pipe(there);
    });
    there.on('error', () => socket.destroy());
    socket.on('error', () => there.destroy());
  });
  return { url: `http://user:pass@127.0.0.1:${String(await listening(server))}`, asked };
}

async function ask(address: string): Promise<string> {
  const url = new URL(address);
  const agent = agentFor(url, { maxSockets: 1 });
  try {
    const response = await request(url, {
      method: 'GET',
      key: undefined,
      agent,
      signal: AbortSignal.timeout(2000),
      settings: { url: 'llm.url', key: 'llm.key_file', model: 'llm.model' },
    });
    let body = '';
    for await (const chunk of response) body += String(chunk);
    return body;
  } finally {
    agent.destroy();
  }
}

describe('a model server behind a proxy', () => {
  it('is asked through the one that HTTP_PROXY names, and directly on this machine', async () => {
    const port = await listening(
      createServer((_incoming, response) => {
        response.end('direct');
      }),
    );
    const proxy = await proxyTo(port);
    vi.stubEnv('HTTP_PROXY', proxy.url);
    vi.stubEnv('NO_PROXY', '');
    expect(await ask('http://models.example:8000/v1/models')).toBe('through the proxy');
    expect(proxy.asked).toEqual([`GET http://models.example:8000/v1/models Basic ${Buffer.from('user:pass').toString('base64')}`]);
    expect(await ask(`http://127.0.0.1:${String(port)}/`)).toBe('direct');
    expect(proxy.asked).toHaveLength(1);
  });

  it.each(['models.example', '.example', '*'])('is asked directly where NO_PROXY holds %s', (excepted) => {
    vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:9');
    vi.stubEnv('NO_PROXY', excepted);
    expect(proxied(new URL('http://models.example/v1'))).toBe('');
    vi.stubEnv('NO_PROXY', 'other.example');
    expect(proxied(new URL('http://models.example/v1'))).toContain('through the proxy');
  });

  it('is reached by CONNECT where it speaks TLS', async () => {
    const port = await listening(createServer());
    const proxy = await proxyTo(port);
    vi.stubEnv('HTTPS_PROXY', proxy.url);
    vi.stubEnv('NO_PROXY', '');
    // Nothing there speaks TLS; that the tunnel was asked for is what matters.
    await expect(ask('https://models.example/v1/models')).rejects.toThrow();
    expect(proxy.asked).toEqual(['CONNECT models.example:443']);
  });

  it('says that a proxy is between where it can not be reached, without its password, and what is wrong with one that is none', async () => {
    vi.stubEnv('NO_PROXY', '');
    vi.stubEnv('HTTP_PROXY', 'http://user:pass@127.0.0.1:9');
    await expect(ask('http://models.example/v1')).rejects.toThrow(
      /^cannot reach models\.example through the proxy 127\.0\.0\.1:9 \(NO_PROXY excepts hosts\) \(ECONNREFUSED\)/,
    );
    vi.stubEnv('HTTP_PROXY', 'socks5://10.0.0.1');
    expect(() => agentFor(new URL('http://models.example/v1'), { maxSockets: 1 })).toThrow(/not an http:\/\/ or https:\/\/ URL/);
    expect(proxied(new URL('http://models.example/v1'))).toBe('');
  });
});
