import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { JwtVerifier } from './jwt.js';

const SECRET = 'a secret of thirty-two bytes or more';
const secret = new TextEncoder().encode(SECRET);
const claims: JWTPayload = { sub: 'lab', grants: ['publish', 'watch'], session: 'Desk' };
const sign = (
  payload: JWTPayload,
  alg: string,
  key: CryptoKey | Uint8Array,
  expires: string | number | null = '5m',
  header: object = {},
): Promise<string> => {
  const jwt = new SignJWT(payload).setProtectedHeader({ alg, ...header });
  return (expires === null ? jwt : jwt.setExpirationTime(expires)).sign(key);
};

let rsa: { publicKey: CryptoKey; privateKey: CryptoKey };
let ec: typeof rsa;
let stranger: typeof rsa;
let keys: string;
let jwks: string;
beforeAll(async () => {
  rsa = await generateKeyPair('RS256', { extractable: true });
  ec = await generateKeyPair('ES256', { extractable: true });
  stranger = await generateKeyPair('ES256', { extractable: true });
  keys = JSON.stringify({
    keys: [
      { ...(await exportJWK(rsa.publicKey)), kid: 'r', alg: 'RS256' },
      { ...(await exportJWK(ec.publicKey)), kid: 'e', alg: 'ES256' },
    ],
  });
  jwks = join(mkdtempSync(join(tmpdir(), 'mellm-jwks-')), 'jwks.json');
  writeFileSync(jwks, keys);
});

describe('JwtVerifier', () => {
  it('takes HS256 by secret, RS256 and ES256 by keys', async () => {
    const both = new JwtVerifier({ secret: SECRET, jwks });
    for (const token of [
      await sign(claims, 'HS256', secret),
      await sign(claims, 'RS256', rsa.privateKey, '5m', { kid: 'r' }),
      await sign(claims, 'ES256', ec.privateKey),
    ]) {
      expect(await both.verify(token)).toMatchObject({ id: 'jwt-lab', grants: ['publish', 'watch'], session: 'Desk', anonymous: false });
    }
  });

  it("reads OAuth's scope, and passes over what is not ours", async () => {
    const verifier = new JwtVerifier({ secret: SECRET });
    expect(await verifier.verify(await sign({ scope: 'openid watch email' }, 'HS256', secret))).toMatchObject({
      grants: ['watch'],
      session: undefined,
    });
    expect(await verifier.verify(await sign({}, 'HS256', secret))).toMatchObject({ grants: [] });
  });

  it('keeps kinds of key apart: the public key is no secret', async () => {
    const pem = new TextEncoder().encode(keys);
    await expect(new JwtVerifier({ jwks }).verify(await sign(claims, 'HS256', pem))).rejects.toMatchObject({ code: 'token_invalid' });
    await expect(new JwtVerifier({ secret: SECRET }).verify(await sign(claims, 'ES256', ec.privateKey))).rejects.toMatchObject({
      code: 'token_invalid',
    });
  });

  it.each([
    ['another signature', async () => sign(claims, 'ES256', stranger.privateKey, '5m', { kid: 'e' }), 'token_invalid'],
    ['another secret', async () => sign(claims, 'HS256', new TextEncoder().encode('x'.repeat(40))), 'token_invalid'],
    ['no exp', async () => sign(claims, 'HS256', secret, null), 'token_invalid'],
    ['an exp in the past', async () => sign(claims, 'HS256', secret, Math.floor(Date.now() / 1000) - 120), 'token_expired'],
    ['an nbf in the future', async () => sign({ ...claims, nbf: Math.floor(Date.now() / 1000) + 600 }, 'HS256', secret), 'token_invalid'],
    [
      'alg none',
      async () =>
        `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"exp":9999999999,"grants":["admin"]}').toString('base64url')}.`,
      'token_invalid',
    ],
    ['HS512', async () => sign(claims, 'HS512', new TextEncoder().encode('x'.repeat(64))), 'token_invalid'],
    ['a session that is no name', async () => sign({ ...claims, session: 5 }, 'HS256', secret), 'token_invalid'],
    ['nonsense', async () => 'a.b.c', 'token_invalid'],
  ])('refuses %s', async (_name, make, code) => {
    await expect(new JwtVerifier({ secret: SECRET, jwks }).verify(await make())).rejects.toMatchObject({ code });
  });

  it('holds issuer and audience to what is set', async () => {
    const verifier = new JwtVerifier({ secret: SECRET, issuer: 'https://id.example', audience: 'mellm' });
    await expect(
      verifier.verify(await sign({ ...claims, iss: 'https://id.example', aud: ['other', 'mellm'] }, 'HS256', secret)),
    ).resolves.toBeDefined();
    await expect(
      verifier.verify(await sign({ ...claims, iss: 'https://evil.example', aud: 'mellm' }, 'HS256', secret)),
    ).rejects.toMatchObject({ code: 'token_invalid' });
    await expect(verifier.verify(await sign({ ...claims, iss: 'https://id.example' }, 'HS256', secret))).rejects.toMatchObject({
      code: 'token_invalid',
    });
  });

  it('reads no more of a JWKS than one can need', async () => {
    let sent = 0;
    const http = createServer((_request, response) => {
      response.setHeader('content-type', 'application/json').write('{"keys":[');
      const more = (): void => {
        while (sent < 300 * 2 ** 20 && !response.destroyed) {
          sent += 65_536;
          if (!response.write(Buffer.alloc(65_536, ' '))) {
            response.once('drain', more);
            return;
          }
        }
      };
      more();
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${String((http.address() as AddressInfo).port)}/jwks`;
    await expect(new JwtVerifier({ jwks: url }).verify(await sign(claims, 'RS256', rsa.privateKey))).rejects.toMatchObject({
      code: 'keys_unavailable',
    });
    expect(sent).toBeLessThan(20 * 2 ** 20);
    await new Promise((resolve) => {
      http.close(resolve);
      http.closeAllConnections();
    });
  });

  it('fetches keys through the proxy of the environment', async () => {
    const asked: string[] = [];
    // It answers nothing: that the keys are asked for there is what matters.
    const proxy = createServer().on('connect', (request, socket) => {
      asked.push(request.url ?? '');
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    vi.stubEnv('HTTPS_PROXY', `http://127.0.0.1:${String((proxy.address() as AddressInfo).port)}`);
    vi.stubEnv('NO_PROXY', '');
    try {
      await expect(
        new JwtVerifier({ jwks: 'https://keys.example/jwks' }).verify(await sign(claims, 'RS256', rsa.privateKey)),
      ).rejects.toMatchObject({ code: 'keys_unavailable' });
    } finally {
      vi.unstubAllEnvs();
    }
    expect(asked).toEqual(['keys.example:443']);
    await new Promise((resolve) => {
      proxy.close(resolve);
      proxy.closeAllConnections();
    });
  });

  it("fetches keys from a URL, and says so when they can't be had", async () => {
    const http = createServer((_request, response) => {
      response.setHeader('content-type', 'application/json').end(keys);
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${String((http.address() as AddressInfo).port)}/jwks`;
    expect(await new JwtVerifier({ jwks: url }).verify(await sign(claims, 'RS256', rsa.privateKey, '5m', { kid: 'r' }))).toMatchObject({
      id: 'jwt-lab',
    });
    await new Promise((resolve) => {
      http.close(resolve);
      http.closeAllConnections();
    });
    await expect(new JwtVerifier({ jwks: url }).verify(await sign(claims, 'RS256', rsa.privateKey))).rejects.toMatchObject({
      code: 'keys_unavailable',
    });
  });

  it('refuses keys that anyone could swap, short secrets and files without keys', () => {
    expect(() => new JwtVerifier({ jwks: 'http://keys.example/jwks' })).toThrow(/https/);
    expect(() => new JwtVerifier({ secret: 'short' })).toThrow(/32 bytes/);
    const bad = `${jwks}.bad`;
    writeFileSync(bad, '{"keys": 5}');
    expect(() => new JwtVerifier({ jwks: bad })).toThrow(/is not usable/);
    expect(() => new JwtVerifier({ jwks: `${jwks}.none` })).toThrow(/ENOENT/);
  });
});
