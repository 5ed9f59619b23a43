import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const script = new URL('../../scripts/build/audit-dependencies.js', import.meta.url);
const { audit } = (await import(script.href)) as { audit: (lock: object, manifest: object, npmrc: string, exceptions: object) => string[] };

const HASH = `sha512-${'A'.repeat(86)}==`;
const NPMRC = 'ignore-scripts=true\n';
const of = (entry: object, manifest: object = {}): string[] =>
  audit(
    { lockfileVersion: 3, packages: { '': {}, 'node_modules/a/node_modules/thing': { integrity: HASH, license: 'MIT', ...entry } } },
    manifest,
    NPMRC,
    {},
  );

describe('the audit of the dependencies', () => {
  it('finds what is installed here in order, without the network', () => {
    expect(execFileSync(process.execPath, [fileURLToPath(script)], { encoding: 'utf8' })).toMatch(/^\d+ packages: .* in order\n$/);
  });

  it.each([
    ['no hash', { integrity: undefined }, /no SHA-512/],
    ['a weak hash', { integrity: 'sha1-abc=' }, /no SHA-512/],
    ['a repository', { resolved: 'git+ssh://git@example.org/a/b.git#123' }, /not from a registry/],
    ['plain HTTP', { resolved: 'http://registry.example.org/a/-/a.tgz' }, /not from a registry/],
    ['a folder', { resolved: 'file:../a' }, /not from a registry/],
    ['an install script', { hasInstallScript: true }, /install script/],
    ['no licence', { license: undefined }, /licence none stated/],
    ['another licence', { license: 'GPL-3.0-only' }, /licence GPL-3\.0-only/],
    ['one that needs both', { license: 'MIT AND GPL-3.0-only' }, /licence/],
  ])('names %s', (_name, entry, fault) => {
    expect(of(entry)).toEqual([expect.stringMatching(fault)]);
  });

  it('takes a choice of licences, and install scripts that are turned off', () => {
    expect(of({ license: '(GPL-3.0-only OR MIT)' })).toEqual([]);
    expect(of({ hasInstallScript: true }, { allowScripts: { thing: false } })).toEqual([]);
    expect(of({}, { allowScripts: { thing: true } })).toEqual([expect.stringMatching(/lets its install script run/)]);
    expect(audit({ lockfileVersion: 3, packages: {} }, {}, '', {})).toEqual([expect.stringMatching(/ignore-scripts/)]);
    expect(audit({ lockfileVersion: 3, packages: {} }, {}, NPMRC, { gone: 'why' })).toEqual([expect.stringMatching(/no longer installed/)]);
  });
});
