import { mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../config/mod.js';
import { Authenticator } from './authenticator.js';
import { digest } from './digest.js';
import { coversSession, hasGrant, requireGrant } from './identity.js';

const A = 'aaaaaaaaaaaaaaaaaaaaaaaa';
const B = 'bbbbbbbbbbbbbbbbbbbbbbbb';
const open = (env: NodeJS.ProcessEnv): Authenticator => Authenticator.open(loadConfig({ env }).auth);

describe('Authenticator', () => {
  it('lets everyone do everything where nothing is set up', async () => {
    const nobody = open({});
    expect(nobody.enabled).toBe(false);
    expect(hasGrant(await nobody.identify(undefined), 'admin')).toBe(true);
  });

  it('knows static tokens, their grants and their session', async () => {
    const some = open({ MELLM_AUTH_TOKENS: `${A} publish+watch Desk one, ${B} admin` });
    const a = await some.identify(A);
    expect([hasGrant(a, 'publish'), hasGrant(a, 'watch'), hasGrant(a, 'admin'), hasGrant(a, 'metrics')]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect([coversSession(a, 'Desk one'), coversSession(a, 'Desk')]).toEqual([true, false]);
    expect(() => {
      requireGrant(a, 'admin');
    }).toThrow(expect.objectContaining({ code: 'grant_missing', status: 403 }));
    expect(a.id).not.toContain(A.slice(0, 6));
    const b = await some.identify(B);
    expect([hasGrant(b, 'publish'), hasGrant(b, 'metrics'), coversSession(b, 'any')]).toEqual([true, true, true]);
    await expect(some.identify(undefined)).rejects.toMatchObject({
      code: 'token_missing',
      status: 401,
      challenge: 'Bearer realm="mellm-live"',
    });
    await expect(some.identify('cccccccccccccccccccccccc')).rejects.toMatchObject({
      code: 'token_invalid',
      status: 401,
      challenge: expect.stringContaining('error="invalid_token"'),
    });
  });

  it('takes digests in the place of tokens', async () => {
    const config = loadConfig({ overrides: { auth: { tokens: [{ name: 'door', sha256: digest(A).toString('hex'), grants: 'watch' }] } } });
    expect(await Authenticator.open(config.auth).identify(A)).toMatchObject({ id: 'door', grants: ['watch'] });
  });

  it('follows its tokens file; an emptied one locks, a broken one changes nothing', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'mellm-tokens-')), 'tokens');
    // At once, as tools that care do it: in two steps the file would be seen empty between them.
    const put = (text: string): void => {
      writeFileSync(`${file}.new`, text);
      renameSync(`${file}.new`, file);
    };
    put(`# the lab\n\n${A} watch\n`);
    const reloads: (string | undefined)[] = [];
    const followed = Authenticator.open(loadConfig({ overrides: { auth: { tokens_file: file } } }).auth, {
      interval: 20,
      onReload: (_file, error) => {
        reloads.push(error?.message);
      },
    });
    const early = await followed.identify(A);
    expect(early).toMatchObject({ grants: ['watch'] });
    expect(followed.stillHolds(early)).toBe(true);
    put(`${B} admin\n# and one that is of another length\n`);
    await expect.poll(() => reloads.length, { timeout: 10_000 }).toBe(1);
    await expect(followed.identify(A)).rejects.toMatchObject({ code: 'token_invalid' });
    expect(followed.stillHolds(early)).toBe(false);
    put(`${B} king of the hill`);
    await expect.poll(() => reloads.at(-1), { timeout: 10_000 }).toMatch(/line 1/);
    expect(reloads.at(-1)).not.toContain(B);
    expect(await followed.identify(B)).toMatchObject({ grants: ['admin'] });
    put('');
    await expect.poll(() => reloads.length, { timeout: 10_000 }).toBe(3);
    expect(followed.enabled).toBe(true);
    await expect(followed.identify(B)).rejects.toMatchObject({ code: 'token_invalid' });
    followed.close();
    followed.close();
  });

  it.each(['short watch', A, `${A} watch+fly`, `${A} `, 'token with!bang watch'])('refuses %j and does not repeat it', (line) => {
    expect(() => open({ MELLM_AUTH_TOKENS: line })).toThrow(/auth\.tokens\.0/);
    expect(() => open({ MELLM_AUTH_TOKENS: line })).not.toThrow(new RegExp(A));
  });
});
