import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { redacted } from './describe.js';
import { ConfigError, loadConfig } from './load.js';
import { configSchema } from './schema.js';

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

  it('infers no emotion at work and in education, whatever else is set', () => {
    const emotion = (purpose: string): boolean =>
      loadConfig({ env: { MELLM_CONSENT_PURPOSE: purpose }, overrides: { llm: { emotion: true } } }).llm.emotion;
    expect(['research', 'clinical', 'private', 'work', 'education'].map(emotion)).toEqual([true, true, true, false, false]);
    expect(() => emotion('fun')).toThrow(/^setting "consent\.purpose"/);
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
    ['http://a/v1', ['http://a/v1']],
    ['http://a/v1, https://b/v1', ['http://a/v1', 'https://b/v1']],
    [
      ['http://a/v1', 'http://b/v1'],
      ['http://a/v1', 'http://b/v1'],
    ],
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
    ['server:\n  port: abc\n', /^setting "server\.port": must be a number$/],
    ['server:\n  port: 1.5\n', /^setting "server\.port": must be a whole number$/],
    ['server:\n  max_sessions: 0\n', /^setting "server\.max_sessions": must be at least 1$/],
    ['overload:\n  cpu: 0\n', /^setting "overload\.cpu": must be more than 0$/],
    ['overload:\n  cpu: 2\n', /^setting "overload\.cpu": must be at most 1$/],
    ['webrtc:\n  udp_ports: 5000\n', /^setting "webrtc\.udp_ports": must be two ports/],
    ['webrtc:\n  udp_ports: "5000"\n', /^setting "webrtc\.udp_ports": must be two ports, the lower one first, e\.g\. 50000-50099$/],
    ['webrtc:\n  udp_ports: [1, 2, 3]\n', /^setting "webrtc\.udp_ports": must be two ports/],
    ['auth:\n  tokens: 5\n', /^setting "auth\.tokens": must be a list$/],
    ['auth:\n  tokens: [{ token: aaaaaaaaaaaaaaaaaaaa, grants: [] }]\n', /^setting "auth\.tokens\.0\.grants": must have at least 1 entry$/],
    ['auth:\n  tokens: [{ token: aaaaaaaaaaaaaaaaaaaa }]\n', /^setting "auth\.tokens\.0\.grants": is missing$/],
    [
      'auth:\n  tokens: [aaaaaaaaaaaaaaaaaaaa wacth]\n',
      /^setting "auth\.tokens\.0\.grants\.0": must be one of publish, watch, review, metrics, admin; the nearest is "watch"$/,
    ],
    ['llm:\n  emotion: perhaps\n', /^setting "llm\.emotion": must be true or false$/],
    ['llm:\n  model: [a]\n', /^setting "llm\.model": must be text$/],
    ['bus:\n  roles: [ingets, api]\n', /^setting "bus\.roles\.0": must be one of ingest, flow, llm, store, api; the nearest is "ingest"$/],
    ['flow:\n  device: nvidia\n', /^setting "flow\.device": must be one of auto, cuda, webgpu, cpu$/],
  ])('names what is wrong with %j', (text, message) => {
    expect(() => loadConfig({ file: file(text) })).toThrow(message);
    expect(() => loadConfig({ file: file(text) })).toThrow(ConfigError);
  });

  it("names a misspelt key inside a list, and a misspelt variable, but leaves others' variables alone", () => {
    expect(() => loadConfig({ file: file('auth:\n  tokens: [{ token: aaaaaaaaaaaaaaaaaaaa, grant: watch }]\n') })).toThrow(
      /auth\.tokens\.0\.grant".*"grants"/,
    );
    expect(() => loadConfig({ env: { MELLM_SERVER_PROT: '1' } })).toThrow(/MELLM_SERVER_PROT.*MELLM_SERVER_PORT/);
    expect(() =>
      loadConfig({
        env: {
          MELLM_CACHE: 'x',
          MELLM_LLM_KEY: 'k',
          MELLM_FLOW_SERVER_KEY: 'k',
          MELLM_SKIP_BOOTSTRAP: '1',
          MELLM_SERVER_PORT_8080_TCP: 'tcp://10.0.0.1',
        },
      }),
    ).not.toThrow();
  });

  it('says in plain words what is wrong with any setting, without repeating what was given', () => {
    const given = [Number.NaN, -1e9, 1e12, 'nonsense-given', [], ['nonsense-given'], [1, 2, 3], { nonsense: true }, true];
    let told = 0;
    for (const [section, schema] of Object.entries(configSchema.shape)) {
      for (const key of Object.keys((schema as unknown as { unwrap(): { shape: object } }).unwrap().shape)) {
        for (const value of given) {
          let message = '';
          try {
            loadConfig({ overrides: { [section]: { [key]: value } } });
          } catch (error) {
            message = (error as Error).message;
          }
          expect(message).not.toMatch(/expected|received|NaN|Invalid|Too (small|big)|undefined|>=|<=|nonsense-given/);
          if (message !== '') told++;
        }
      }
    }
    expect(told).toBeGreaterThan(300);
  });

  it('shows what is in force without its secrets', () => {
    const config = loadConfig({
      env: {
        MELLM_AUTH_TOKENS: 'aaaaaaaaaaaaaaaaaaaa watch Desk',
        MELLM_AUTH_JWT_SECRET: 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb',
        MELLM_STORE_URL: 'postgres://mellm:dddd@db/mellm',
      },
      overrides: { webrtc: { ice_servers: [{ urls: 'turn:turn.example', username: 'u', credential: 'cccc' }] } },
    });
    const shown = JSON.stringify(redacted(config));
    expect(shown).not.toMatch(/aaaa|bbbb|cccc|dddd/);
    expect(redacted(config)).toMatchObject({
      server: { port: 8080 },
      auth: { tokens: [{ token: '(secret)', grants: ['watch'], session: 'Desk' }], jwt_secret: '(secret)' },
    });
  });

  it('takes a folder or a database for the store, not both, and does not repeat a password', () => {
    expect(() =>
      loadConfig({ env: { MELLM_STORE_URL: 'postgres://mellm:dddd@db/mellm' }, overrides: { store: { path: 'here' } } }),
    ).toThrow(/"store".*--data/);
    expect(() => loadConfig({ env: { MELLM_STORE_URL: 'mysql://mellm:dddd@db/mellm' } })).toThrow(
      /^setting "store\.url": (?!.*dddd).*postgres:/,
    );
  });

  it('says that a file is missing', () => {
    expect(() => loadConfig({ file: 'nowhere.yaml' })).toThrow(/nowhere\.yaml.*ENOENT/);
  });
});
