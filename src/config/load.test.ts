import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { redacted } from './describe.js';
import { ConfigError, loadConfig } from './load.js';

const file = (text: string): string => {
  const path = join(mkdtempSync(join(tmpdir(), 'mellm-config-')), 'config.yaml');
  writeFileSync(path, text);
  return path;
};

describe('loadConfig', () => {
  it('has a default for everything', () => {
    const config = loadConfig();
    expect(config.server).toMatchObject({ host: '127.0.0.1', port: 8080 });
    expect(config.llm.emotion).toBe(true);
  });

  it('takes the file, then the environment, then the flags', () => {
    const config = loadConfig({
      file: file('server:\n  port: 1\n  host: "::1"\nspotting:\n  micro_max: 0.4\n'),
      env: { MELLM_SERVER_PORT: '2', MELLM_WEBRTC_UDP_PORTS: '40000-40100', MELLM_LLM_EMOTION: 'false' },
      overrides: { server: { port: 3 } },
    });
    expect(config.server).toMatchObject({ host: '::1', port: 3 });
    expect(config.spotting.micro_max).toBe(0.4);
    expect(config.webrtc.udp_ports).toEqual([40_000, 40_100]);
    expect(config.llm.emotion).toBe(false);
  });

  it.each([
    ['http://a/v1', ['http://a/v1']], ['http://a/v1, https://b/v1', ['http://a/v1', 'https://b/v1']], [['http://a/v1', 'http://b/v1'], ['http://a/v1', 'http://b/v1']],
  ])('takes one server of a language model, or several: %j', (url, urls) => {
    expect(loadConfig({ overrides: { llm: { url } } }).llm.url).toEqual(urls);
    expect(loadConfig({ file: file(`llm:\n  url: ${JSON.stringify(url)}\n`) }).llm.url).toEqual(urls);
    if (typeof url === 'string') expect(loadConfig({ env: { MELLM_LLM_URL: url } }).llm.url).toEqual(urls);
  });

  it.each([
    ['server:\n  prot: 1\n', /"server\.prot".*"port"/],
    ['servr:\n  port: 1\n', /"servr".*"server"/],
    ['server:\n  port: 99999\n', /server\.port/],
    ['server: 5\n', /must hold settings/],
    ['- a\n', /expected sections/],
    ['server: {port: [\n', /config\.yaml/],
    ['webrtc:\n  udp_ports: 5-2\n', /udp_ports/],
    ['llm:\n  url: http://a/v1,b\n', /llm\.url\.1.*http:\/\//],
    ['llm:\n  url: []\n', /llm\.url.*at least one/],
    ['flow:\n  server: 10.0.0.7:8000\n', /"flow\.server".*http:\/\//],
    ['flow:\n  server: http://me:secret@10.0.0.7:8000\n', /"flow\.server".*(?!.*secret).*flow\.server_key_file/],
    ['flow:\n  server_model: a/b\n', /flow\.server_model/],
    ['flow:\n  server_timeout_ms: 1\n', /flow\.server_timeout_ms/],
  ])('names what is wrong with %j', (text, message) => {
    expect(() => loadConfig({ file: file(text) })).toThrow(message);
    expect(() => loadConfig({ file: file(text) })).toThrow(ConfigError);
  });

  it('names a misspelt key inside a list, and a misspelt variable, but leaves others\' variables alone', () => {
    expect(() => loadConfig({ file: file('auth:\n  tokens: [{ token: aaaaaaaaaaaaaaaaaaaa, grant: watch }]\n') })).toThrow(/auth\.tokens\.0\.grant".*"grants"/);
    expect(() => loadConfig({ env: { MELLM_SERVER_PROT: '1' } })).toThrow(/MELLM_SERVER_PROT.*MELLM_SERVER_PORT/);
    expect(() => loadConfig({ env: { MELLM_CACHE: 'x', MELLM_LLM_KEY: 'k', MELLM_FLOW_SERVER_KEY: 'k', MELLM_SKIP_BOOTSTRAP: '1', MELLM_SERVER_PORT_8080_TCP: 'tcp://10.0.0.1' } })).not.toThrow();
  });

  it('shows what is in force without its secrets', () => {
    const config = loadConfig({ env: {
      MELLM_AUTH_TOKENS: 'aaaaaaaaaaaaaaaaaaaa watch Desk', MELLM_AUTH_JWT_SECRET: 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb',
      MELLM_STORE_URL: 'postgres://mellm:dddd@db/mellm',
    }, overrides: { webrtc: { ice_servers: [{ urls: 'turn:turn.example', username: 'u', credential: 'cccc' }] } } });
    const shown = JSON.stringify(redacted(config));
    expect(shown).not.toMatch(/aaaa|bbbb|cccc|dddd/);
    expect(redacted(config)).toMatchObject({ server: { port: 8080 }, auth: { tokens: [{ token: '(secret)', grants: ['watch'], session: 'Desk' }], jwt_secret: '(secret)' } });
  });

  it('takes a folder or a database for the store, not both, and does not repeat a password', () => {
    expect(() => loadConfig({ env: { MELLM_STORE_URL: 'postgres://mellm:dddd@db/mellm' }, overrides: { store: { path: 'here' } } })).toThrow(/"store".*--data/);
    expect(() => loadConfig({ env: { MELLM_STORE_URL: 'mysql://mellm:dddd@db/mellm' } })).toThrow(/^setting "store\.url": (?!.*dddd).*postgres:/);
  });

  it('says that a file is missing', () => {
    expect(() => loadConfig({ file: 'nowhere.yaml' })).toThrow(/nowhere\.yaml.*ENOENT/);
  });
});
